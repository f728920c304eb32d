// What happens when the plugin's module is loaded, before OpenCode touches any repository: secrets leave the
// environment, and where the guard started OpenCode, no other code gets into the process.
import path from "node:path"
import { fileURLToPath } from "node:url"
import { blockForeignModules, type ModuleLoader, ownFolders } from "./loader-block.ts"
import { PROGRAM } from "./guard.ts"
import { scrub, systemMemory, type Taken } from "./scrub.ts"

const bun = (globalThis as { Bun?: ModuleLoader }).Bun

/** Where OpenCode is, nobody but this plugin has these any more; in tests they stay where they were. */
export const taken: Taken = bun ? scrub(process.env, await systemMemory()) : {}

// An OpenCode that nobody guards is its owner's, with whatever plugins they chose.
/** No code of others gets into the process. */
export const blocksModules = Boolean(bun && process.env[PROGRAM])
if (bun && blocksModules) blockForeignModules(bun, ownFolders(path.dirname(fileURLToPath(import.meta.url)), process.env))
