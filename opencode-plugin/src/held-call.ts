// What the gate tells of a call besides its arguments: the file and where it really lies, the command, what would change.
import { readFile, readlink, realpath, stat } from "node:fs/promises"
import { basename, dirname, join, relative, resolve } from "node:path"
import type { Arguments } from "./arguments.ts"
import { change } from "./file-diff.ts"
import type { HeldTool } from "./protocol.gen.ts"
import { LIMITS } from "./protocol.gen.ts"
import { asString } from "./text.ts"

export type Told = Pick<HeldTool, "file" | "command" | "real_file" | "diff">

/** Links that lead to links. The kernel follows as many. */
const MOST_LINKS = 40

export async function told(tool: string, args: Arguments, directory: string): Promise<Told> {
  const file = asString(args["filePath"]) ?? (tool === "bash" ? undefined : asString(args["path"]))
  const command = asString(args["command"])
  const place = file === undefined ? undefined : resolve(directory, file)
  const real = place === undefined ? undefined : await realPlace(place, directory)
  const diff = await change(tool, args, file, () => content(place))
  return {
    ...(file ? { file } : {}),
    ...(command ? { command } : {}),
    ...(real !== undefined && real !== place ? { real_file: real } : {}),
    ...(diff ? { diff } : {}),
  }
}

/** Below the directory as the session names it, also when that is reached through links itself. */
async function realPlace(place: string, directory: string): Promise<string> {
  const [real, root] = await Promise.all([followed(place, 0), followed(directory, 0)])
  const below = relative(root, real)
  const isBelow = below === "" || (below !== ".." && !below.startsWith("../"))
  return isBelow ? join(directory, below) : real
}

/** A link may lead to what does not exist yet: whatever writes there writes where it leads. */
async function followed(path: string, links: number): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if ((code !== "ENOENT" && code !== "ENOTDIR") || links > MOST_LINKS) {
      throw new Error(`Nobody can tell where ${path} leads (${code}), so this call did not run.`)
    }
  }
  const parent = dirname(path) === path ? path : await followed(dirname(path), links)
  const target = await readlink(join(parent, basename(path))).catch(() => undefined)
  return target === undefined ? join(parent, basename(path)) : followed(resolve(parent, target), links + 1)
}

/** What is too long to be looked at is shown as new. */
async function content(place: string | undefined): Promise<string | undefined> {
  if (place === undefined) return undefined
  try {
    const found = await stat(place)
    return found.isFile() && found.size <= LIMITS.MAX_HELD_ARGS_BYTES ? await readFile(place, "utf8") : undefined
  } catch {
    return undefined
  }
}
