// How things stand in OpenCode right now: what a `hello` tells. OpenCode keeps no events, so this is what a
// gateway that knows nothing starts from. Whatever OpenCode does not answer in time is left out: a hello must
// go out in any case.
import { permissionAsk, questionAsk, sessionInfo } from "./convert.ts"
import type { Log } from "./log.ts"
import { newestTurn } from "./messages.ts"
import type { OcSession, OpenCode } from "./opencode.ts"
import type { Hello, SessionSnapshot, TurnState } from "./protocol.gen.ts"
import { listSessions } from "./sessions.ts"
import { statuses, statusOf } from "./status.ts"
import { errorText } from "./text.ts"
import { turnState } from "./turns.ts"

export type Snapshot = Pick<Hello, "sessions" | "permissions" | "questions">

/** Longest wait for one answer of OpenCode. Two follow each other, and the gateway waits only so long for the hello. */
const PATIENCE_MS = 4_000

/** Idle sessions whose newest turn is looked at, newest first: those that a crash may have cut short. */
const LOOKED_AT = 20

export async function takeSnapshot(opencode: OpenCode, directories: string[], log: Log): Promise<Snapshot> {
  const attempt = async <T>(what: string, otherwise: T, call: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await call(AbortSignal.timeout(PATIENCE_MS))
    } catch (error) {
      log.warn("left out of the hello", { what, reason: errorText(error) })
      return otherwise
    }
  }
  const each = <T>(what: string, read: (directory: string, signal: AbortSignal) => Promise<T[]>) =>
    Promise.all(directories.map((one) => attempt(what, [], (signal) => read(one, signal)))).then((all) => all.flat())

  const [sessions, busy, permissions, questions] = await Promise.all([
    attempt("sessions", [] as OcSession[], (signal) => listSessions(opencode, undefined, signal)),
    each("statuses", async (directory, signal) => Object.entries(await statuses(opencode, directory, signal))),
    each("permissions", async (directory, signal) =>
      (await opencode.get<Record<string, unknown>[]>("/permission", { directory, signal })).map((one) => permissionAsk(one, directory)),
    ),
    each("questions", async (directory, signal) =>
      (await opencode.get<Record<string, unknown>[]>("/question", { directory, signal })).map((one) => questionAsk(one, directory)),
    ),
  ])
  const status = new Map(busy.map(([id, { type }]) => [id, statusOf(type)]))
  const working = (id: string) => (status.get(id) ?? "idle") !== "idle"
  const lookedAt = sessions.filter((one) => working(one.id) || directories.includes(one.directory)).slice(0, LOOKED_AT)
  const turns = new Map<string, TurnState | undefined>(
    await Promise.all(
      lookedAt.map(async ({ id }) => [id, await attempt("turn", undefined, (signal) => turnOf(opencode, id, signal))] as const),
    ),
  )
  return { sessions: sessions.map((one) => snapshotOf(one, status.get(one.id) ?? "idle", turns.get(one.id))), permissions, questions }
}

async function turnOf(opencode: OpenCode, session: string, signal: AbortSignal): Promise<TurnState | undefined> {
  return turnState(await newestTurn(opencode, session, signal))
}

function snapshotOf(one: OcSession, status: SessionSnapshot["status"], turn: TurnState | undefined): SessionSnapshot {
  const tell = turn !== undefined && (status !== "idle" || !turn.finished)
  return { session: sessionInfo(one), status, ...(tell ? { turn } : {}) }
}
