// Moves a session to another directory. A busy one must not be moved: OpenCode would run it twice at once, in the old
// place and the new. So where it is to be stopped, the turn ends first, and what it holds is refused, not let through.
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sessionInfo } from "./convert.ts"
import { CommandFailure } from "./errors.ts"
import type { Holds } from "./holds.ts"
import { isUnreadable, newestFirst } from "./messages.ts"
import { type OcMessage, type OcSession, type OpenCode, OpenCodeError } from "./opencode.ts"
import type { Command, ReplyResult } from "./protocol.gen.ts"
import { session } from "./sessions.ts"
import { isBusy } from "./status.ts"
import { errorText } from "./text.ts"

type Move = Extract<Command, { type: "session.move" }>

/** A stopped turn ends within moments, unless a tool of it does not. */
const STOPS_WITHIN_MS = 20_000
const LOOK_MS = 50

/** OpenCode starts once more for an import; two seconds, and ten on a busy machine. */
const IMPORT_MS = 60_000

/** The end of what it says when it fails. */
const TOLD = 500

/** Sub-agents of sub-agents; nobody nests deeper. */
const DEPTH = 5

export async function move(opencode: OpenCode, holds: Holds, command: Move): Promise<ReplyResult> {
  const { session_id, directory, stop } = command
  const info = await session(opencode, session_id)
  if (info.directory === directory) return { kind: "session", session: sessionInfo(info) }
  if (!existsSync(directory)) throw new CommandFailure("directory_not_found", `The directory ${directory} does not exist in this pod.`)
  if (stop) await stopTurn(opencode, holds, info)
  else if (await isBusy(opencode, session_id, info.directory)) {
    throw new CommandFailure("busy", "The session is working; stop it before moving it.")
  }
  await carry(opencode, info, command)
  return { kind: "session", session: sessionInfo(await session(opencode, session_id)) }
}

async function stopTurn(opencode: OpenCode, holds: Holds, info: OcSession): Promise<void> {
  const family = [info.id, ...(await descendants(opencode, info.id))]
  const refuse = () => family.forEach((one) => holds.abortSession(one))
  await opencode.post(`/session/${info.id}/abort`)
  const until = Date.now() + STOPS_WITHIN_MS
  do {
    refuse()
    if (!(await isBusy(opencode, info.id, info.directory))) return
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  } while (Date.now() < until)
  throw new CommandFailure("busy", "The session's turn doesn't end, and a session can't be moved while it is working.")
}

async function descendants(opencode: OpenCode, id: string, depth = DEPTH): Promise<string[]> {
  if (depth === 0) return []
  const children = await opencode.get<OcSession[]>(`/session/${id}/children`)
  const deeper = await Promise.all(children.map((child) => descendants(opencode, child.id, depth - 1)))
  return [...children.map((child) => child.id), ...deeper.flat()]
}

/** Within a project OpenCode moves it; into another project only its import does. */
async function carry(opencode: OpenCode, info: OcSession, { directory, move_changes }: Move): Promise<void> {
  const body = { sessionID: info.id, destination: { directory }, ...(move_changes ? { moveChanges: true } : {}) }
  try {
    await opencode.post("/experimental/control-plane/move-session", { body })
  } catch (error) {
    if (!(error instanceof OpenCodeError) || error.status !== 400) throw error
    if (!/project/i.test(error.message)) throw new CommandFailure("invalid_argument", error.message)
    await readIn(opencode, info, directory)
  }
}

/** Keeps id, history and permissions. Without plugins: another one of us would take the pod's link away. */
async function readIn(opencode: OpenCode, info: OcSession, directory: string): Promise<void> {
  // The import's own OpenCode would otherwise be the first there, and this one would wait a minute for what it left.
  await opencode.get("/path", { directory })
  const messages: OcMessage[] = []
  for await (const one of newestFirst(opencode, info.id)) messages.unshift(one)
  if (messages.some(isUnreadable)) {
    // An import would leave it out without a word.
    throw new CommandFailure("invalid_argument", "OpenCode can't read one of the session's messages, so moving the session would lose it.")
  }
  const folder = await mkdtemp(join(tmpdir(), "gateway-move-"))
  const file = join(folder, "session.json")
  try {
    await writeFile(file, JSON.stringify({ info, messages }), { mode: 0o600 })
    await run(["import", "--pure", file], directory)
  } catch (error) {
    throw new CommandFailure("invalid_argument", `OpenCode could not move the session to ${directory}: ${errorText(error)}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** OpenCode's own command line, in the same home. It must not wait for words from a terminal. */
function run(args: string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "ignore", "pipe"], timeout: IMPORT_MS, killSignal: "SIGKILL" })
    let told = ""
    child.stderr?.on("data", (chunk: Buffer) => (told = (told + chunk.toString()).slice(-TOLD)))
    child.on("error", reject)
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(told.trim() || `it ended with ${code}`))))
  })
}
