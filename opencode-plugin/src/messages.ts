// Reading messages. OpenCode refuses a page as a whole when one message on it has a shape that it took once and cannot
// read any more (a prompt with `format`, for example), so it is never asked for everything: pages are read from the newest
// on, made smaller around such a message, and in its place stands a word about it.
import { type OcMessage, type OpenCode, OpenCodeError } from "./opencode.ts"

/** Messages that are asked for at once. */
const PAGE = 50

/** Where a page ends: what is older comes. OpenCode's own cursor has the same two parts. */
export type Point = { id: string; time: number }

/** Steps of the search for what is older than a message that cannot be read: 2^40 ms are 34 years. */
const STEPS = 90

/** An id of no message, as OpenCode wants ids to look. */
const NOBODY = "msg_0"

export const UNREADABLE = "unreadable"

type Page = { messages: OcMessage[]; next: Point | undefined }
type Options = { from?: Point | undefined; signal?: AbortSignal | undefined }

/** All messages of a session, the newest first. */
export async function* newestFirst(opencode: OpenCode, session: string, { from, signal }: Options = {}): AsyncGenerator<OcMessage> {
  let [before, limit] = [from, PAGE]
  let newer: OcMessage | undefined
  for (;;) {
    const page = await attempt(opencode, session, limit, before, signal)
    if (page instanceof OpenCodeError) {
      if (limit > 1) {
        limit = Math.ceil(limit / 4)
        continue
      }
      const past = await pastIt(opencode, session, before, page, signal)
      yield placeholder(session, past, newer, page)
      before = past
      continue
    }
    yield* page.messages.toReversed()
    newer = page.messages[0] ?? newer
    if (!page.next) return
    before = page.next
    limit = Math.min(PAGE, limit * 4)
  }
}

/** The newest of them, the oldest first, from the newest that a person wrote on: the turn that is under way or was last. */
export async function newestTurn(opencode: OpenCode, session: string, signal?: AbortSignal): Promise<OcMessage[]> {
  const turn: OcMessage[] = []
  for await (const one of newestFirst(opencode, session, { signal })) {
    turn.unshift(one)
    if (one.info.role === "user") break
  }
  return turn
}

/** Where the messages end that are older than this one. */
export function pointOf({ info }: OcMessage): Point {
  return { id: info.id, time: info.time.created }
}

export function isUnreadable({ info }: OcMessage): boolean {
  return info.agent === UNREADABLE && info.error !== undefined
}

/** A page, or why OpenCode refused it for what is on it. */
async function attempt(opencode: OpenCode, session: string, limit: number, before?: Point, signal?: AbortSignal): Promise<Page | OpenCodeError> {
  const query = { limit: String(limit), ...(before ? { before: encoded(before) } : {}) }
  try {
    const { body, next } = await opencode.page<OcMessage[]>(`/session/${session}/message`, { query, ...(signal ? { signal } : {}) })
    const oldest = body[0]
    return { messages: body, next: next && oldest ? pointOf(oldest) : undefined }
  } catch (error) {
    if (error instanceof OpenCodeError && (error.status === 400 || error.status === 500)) return error
    throw error
  }
}

/**
 * A time before the message that is next and cannot be read. Nothing tells when it was made, so the search goes back in
 * steps that grow until OpenCode answers, and then halves the last of them.
 */
async function pastIt(opencode: OpenCode, session: string, before: Point | undefined, why: OpenCodeError, signal?: AbortSignal): Promise<Point> {
  let [fails, step] = [before?.time ?? Date.now() + 60_000, 1]
  let works: number | undefined
  for (let n = 0; n < STEPS && (works === undefined || fails - works > 1); n += 1) {
    const time = works === undefined ? Math.max(0, fails - step) : Math.floor((works + fails) / 2)
    const page = await attempt(opencode, session, 1, { id: NOBODY, time }, signal)
    if (!(page instanceof OpenCodeError)) works = time
    else if (time === 0) throw why
    else [fails, step] = [time, step * 2]
  }
  if (works === undefined) throw why
  return { id: NOBODY, time: works }
}

/** Its id is known where an answer to it names it. */
function placeholder(session: string, past: Point, newer: OcMessage | undefined, why: OpenCodeError): OcMessage {
  const id = newer?.info.parentID ?? `msg_unreadable${past.time}`
  const text = `This message can't be shown: OpenCode itself can no longer read it. (${why.message.replaceAll(/\s+/g, " ").slice(0, 300)})`
  const info = { id, sessionID: session, role: "user", agent: UNREADABLE, error: { name: "Unreadable" }, time: { created: past.time } }
  return { info, parts: [{ id: `prt_${id.slice(4)}`, messageID: id, sessionID: session, type: "text", text }] }
}

function encoded(point: Point): string {
  return Buffer.from(JSON.stringify(point)).toString("base64url")
}
