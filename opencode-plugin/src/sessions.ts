// The commands about sessions.
import { existsSync } from "node:fs"
import { message, sessionInfo } from "./convert.ts"
import { CommandFailure } from "./errors.ts"
import { newestFirst, newestTurn, pointOf } from "./messages.ts"
import { type OcMessage, type OcSession, type OpenCode, OpenCodeError } from "./opencode.ts"
import type { Command, MessageInfo, PromptPart, ReplyResult } from "./protocol.gen.ts"
import { LIMITS } from "./protocol.gen.ts"
import { isBusy } from "./status.ts"
import { byteLength } from "./text.ts"
import { turnState } from "./turns.ts"

type Of<T extends Command["type"]> = Extract<Command, { type: T }>

const DONE: ReplyResult = { kind: "done" }

/** Anything else would be another path of OpenCode's API; an empty one is the list of all messages. */
const MESSAGE_ID = /^[A-Za-z0-9_-]+$/

/** Room left in a frame for what surrounds the messages. */
const MESSAGES_BYTES = LIMITS.MAX_FRAME_BYTES - 64 * 1024

export async function session(opencode: OpenCode, id: string): Promise<OcSession> {
  const found = await opencode.find<OcSession>(`/session/${id}`)
  if (!found) throw new CommandFailure("session_not_found", `OpenCode has no session ${id}.`)
  return found
}

/** OpenCode would make a session in a directory that does not exist, so that is checked first. */
export async function create(opencode: OpenCode, requestId: string, command: Of<"session.create">): Promise<ReplyResult> {
  const { directory, title, agent, model } = command
  if (!existsSync(directory)) {
    throw new CommandFailure("directory_not_found", `The directory ${directory} does not exist in this pod.`)
  }
  const made = await madeBefore(opencode, requestId, directory)
  if (made) return { kind: "session", session: sessionInfo(made) }
  const body = {
    title,
    metadata: { gateway_request: requestId },
    ...(agent ? { agent } : {}),
    ...(model ? { model: { id: model.model, providerID: model.provider } } : {}),
  }
  const created = await opencode.post<OcSession>("/session", { directory, body })
  return { kind: "session", session: sessionInfo(created) }
}

/** The session that this very request made before OpenCode restarted. */
async function madeBefore(opencode: OpenCode, requestId: string, directory: string): Promise<OcSession | undefined> {
  const sessions = await opencode.get<OcSession[]>("/session", { directory, query: { limit: "50" } })
  return sessions.find((one) => one.metadata?.["gateway_request"] === requestId)
}

/**
 * Writes a message exactly once. OpenCode answers at once and works on its own, so in doubt (the caller was
 * cut off, OpenCode died) it is read back whether it has the message, and a message it has is never sent as
 * new.
 */
export async function send(opencode: OpenCode, command: Of<"session.message">): Promise<ReplyResult> {
  const { session_id, message_id, parts, agent, model, no_reply } = command
  const known = await opencode.find<OcMessage>(`/session/${session_id}/message/${message_id}`)
  if (known) return no_reply ? DONE : resume(opencode, { type: "session.resume", session_id, message_id })
  const body = {
    messageID: message_id,
    parts: parts.map(promptPart),
    ...(agent ? { agent } : {}),
    ...(model ? { model: { providerID: model.provider, modelID: model.model } } : {}),
    ...(no_reply ? { noReply: true } : {}),
  }
  await session(opencode, session_id)
  await opencode.post(`/session/${session_id}/prompt_async`, { body })
  return DONE
}

function promptPart(part: PromptPart) {
  if (part.kind === "text") return { id: part.id, type: "text", text: part.text }
  return { id: part.id, type: "file", filename: part.filename, mime: part.mime, url: part.url }
}

/** Repeats the newest user message without adding to it: OpenCode goes on where the turn was cut short. */
export async function resume(opencode: OpenCode, command: Of<"session.resume">): Promise<ReplyResult> {
  const { session_id, message_id } = command
  const { directory } = await session(opencode, session_id)
  if (await isBusy(opencode, session_id, directory)) return DONE
  const asked = await opencode.find<OcMessage>(`/session/${session_id}/message/${message_id}`)
  if (!asked) throw notFound(message_id)
  const turn = turnState(await newestTurn(opencode, session_id))
  if (turn?.user_message_id !== message_id) {
    throw new CommandFailure("superseded", "There is a newer message, so the old turn is not resumed.")
  }
  if (turn.finished) return DONE
  const { agent, model } = asked.info
  const body = { messageID: message_id, parts: [], ...(agent ? { agent } : {}), ...(model ? { model } : {}) }
  await opencode.post(`/session/${session_id}/prompt_async`, { body })
  return DONE
}

/** Goes on with the newest user message, whose turn failed, with another agent or model if that is wanted. */
export async function retry(opencode: OpenCode, command: Of<"session.retry">): Promise<ReplyResult> {
  const { session_id, agent, model } = command
  const { directory } = await session(opencode, session_id)
  if (await isBusy(opencode, session_id, directory)) return DONE
  const messages = await newestTurn(opencode, session_id)
  const asked = messages.findLast(({ info }) => info.role === "user")
  if (!asked) throw new CommandFailure("message_not_found", "Nobody has written to this session yet.")
  const last = messages.at(-1)!.info
  const answered = last.role === "assistant" && !last.error && last.finish !== undefined && last.finish !== "tool-calls"
  if (answered) throw new CommandFailure("superseded", "The newest turn did not fail.")
  const body = {
    messageID: asked.info.id,
    parts: [],
    ...(agent ?? asked.info.agent ? { agent: agent ?? asked.info.agent } : {}),
    ...(model ? { model: { providerID: model.provider, modelID: model.model } } : asked.info.model ? { model: asked.info.model } : {}),
  }
  await opencode.post(`/session/${session_id}/prompt_async`, { body })
  return DONE
}

export async function readMessages(
  opencode: OpenCode,
  command: Of<"session.messages">,
  running: (part: string) => string | undefined,
): Promise<ReplyResult> {
  const { session_id, before } = command
  await session(opencode, session_id)
  const limit = Math.max(1, command.limit)
  const found: OcMessage[] = []
  for await (const one of olderThan(opencode, session_id, before ?? undefined)) {
    found.unshift(one)
    if (found.length > limit) break
  }
  const page = found.slice(-limit)
  const messages = fitting(page.map((one) => message(one, running)))
  return { kind: "messages", messages, more: found.length > limit || messages.length < page.length }
}

async function* olderThan(opencode: OpenCode, session: string, id: string | undefined): AsyncGenerator<OcMessage> {
  if (id === undefined) return yield* newestFirst(opencode, session)
  if (!MESSAGE_ID.test(id)) throw new CommandFailure("invalid_argument", `\`before\` must be the id of a message, and "${id}" is not one. Leave it out for the newest messages.`)
  const from = await known(opencode, session, id)
  if (from) return yield* newestFirst(opencode, session, { from: pointOf(from) })
  // One that cannot be read was named on the page before: it is passed again.
  let passed = false
  for await (const one of newestFirst(opencode, session)) {
    if (passed) yield one
    else passed = one.info.id === id
  }
  if (!passed) throw notFound(id)
}

async function known(opencode: OpenCode, session: string, id: string): Promise<OcMessage | undefined> {
  try {
    return await opencode.find<OcMessage>(`/session/${session}/message/${id}`)
  } catch (error) {
    if (error instanceof OpenCodeError && error.status === 400) return undefined
    throw error
  }
}

function notFound(id: string): CommandFailure {
  return new CommandFailure("message_not_found", `OpenCode has no message ${id} in this session.`)
}

/** The newest of them that fit into a frame, at least one. */
function fitting(messages: MessageInfo[]): MessageInfo[] {
  let bytes = 0
  let first = messages.length
  while (first > 0) {
    bytes += byteLength(JSON.stringify(messages[first - 1]))
    if (bytes > MESSAGES_BYTES && first < messages.length) break
    first -= 1
  }
  return messages.slice(first)
}

export async function abort(opencode: OpenCode, { session_id }: Of<"session.abort">): Promise<ReplyResult> {
  await session(opencode, session_id)
  await opencode.post(`/session/${session_id}/abort`)
  return DONE
}

export async function rename(opencode: OpenCode, { session_id, title }: Of<"session.rename">): Promise<ReplyResult> {
  const renamed = await opencode.patch<OcSession>(`/session/${session_id}`, { body: { title } })
  return { kind: "session", session: sessionInfo(renamed) }
}

export async function fork(opencode: OpenCode, { session_id, message_id }: Of<"session.fork">): Promise<ReplyResult> {
  await session(opencode, session_id)
  const forked = await opencode.post<OcSession>(`/session/${session_id}/fork`, { body: message_id ? { messageID: message_id } : {} })
  return { kind: "session", session: sessionInfo(forked) }
}

export async function exportSession(opencode: OpenCode, { session_id }: Of<"session.export">): Promise<ReplyResult> {
  const info = await session(opencode, session_id)
  const messages: OcMessage[] = []
  let bytes = byteLength(JSON.stringify(info))
  for await (const one of newestFirst(opencode, session_id)) {
    messages.unshift(one)
    bytes += byteLength(JSON.stringify(one)) + 1
    if (bytes > MESSAGES_BYTES) {
      throw new CommandFailure("too_large", `The session has more than ${MESSAGES_BYTES} bytes; \`opencode export\` in the pod can write it to a file.`)
    }
  }
  return { kind: "export", data: { info, messages } }
}

export async function listSessions(opencode: OpenCode, directory: string | null | undefined, signal?: AbortSignal): Promise<OcSession[]> {
  const options = { query: { limit: String(LIMITS.MAX_HELLO_SESSIONS) }, ...(signal ? { signal } : {}) }
  if (directory) return opencode.get<OcSession[]>("/session", { directory, ...options })
  return opencode.get<OcSession[]>("/experimental/session", options)
}
