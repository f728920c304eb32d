// The commands about sessions.
import { existsSync } from "node:fs"
import { message, sessionInfo } from "./convert.ts"
import { CommandFailure } from "./errors.ts"
import type { OcMessage, OcSession, OpenCode } from "./opencode.ts"
import type { Command, FileChange, MessageInfo, PromptPart, ReplyResult } from "./protocol.gen.ts"
import { LIMITS } from "./protocol.gen.ts"
import { isBusy } from "./status.ts"
import { asString, byteLength } from "./text.ts"
import { list } from "./convert.ts"
import { turnState } from "./turns.ts"

type Of<T extends Command["type"]> = Extract<Command, { type: T }>

const DONE: ReplyResult = { kind: "done" }

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
  const messages = await opencode.get<OcMessage[]>(`/session/${session_id}/message`)
  const asked = messages.find(({ info }) => info.id === message_id)
  if (!asked) throw new CommandFailure("message_not_found", `OpenCode has no message ${message_id} in this session.`)
  const turn = turnState(messages)
  if (turn?.user_message_id !== message_id) {
    throw new CommandFailure("superseded", "A newer message followed; the old turn is not taken up again.")
  }
  if (turn.finished) return DONE
  const { agent, model } = asked.info
  const body = { messageID: message_id, parts: [], ...(agent ? { agent } : {}), ...(model ? { model } : {}) }
  await opencode.post(`/session/${session_id}/prompt_async`, { body })
  return DONE
}

export async function readMessages(
  opencode: OpenCode,
  command: Of<"session.messages">,
  running: (part: string) => string | undefined,
): Promise<ReplyResult> {
  const { session_id, limit, before } = command
  await session(opencode, session_id)
  const all = await opencode.get<OcMessage[]>(`/session/${session_id}/message`)
  const end = before ? all.findIndex(({ info }) => info.id === before) : all.length
  if (end < 0) throw new CommandFailure("message_not_found", `OpenCode has no message ${before} in this session.`)
  const start = Math.max(0, end - Math.max(1, limit))
  const messages = fitting(all.slice(start, end).map((one) => message(one, running)))
  return { kind: "messages", messages, more: start > 0 || messages.length < end - start }
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

/** OpenCode tells changes by message only; without one those of all user messages are put together. */
export async function diff(opencode: OpenCode, { session_id, message_id }: Of<"session.diff">): Promise<ReplyResult> {
  await session(opencode, session_id)
  const all = await opencode.get<OcMessage[]>(`/session/${session_id}/message`)
  const ids = message_id ? [message_id] : all.filter(({ info }) => info.role === "user").map(({ info }) => info.id)
  const files: FileChange[] = []
  for (const messageID of ids) {
    const changed = await opencode.get<unknown>(`/session/${session_id}/diff`, { query: { messageID } })
    files.push(...list(changed).map(fileChange))
  }
  return { kind: "diff", files }
}

function fileChange(one: Record<string, unknown>): FileChange {
  const patch = asString(one["patch"])
  return {
    path: asString(one["file"]) ?? "",
    ...(typeof one["additions"] === "number" ? { additions: one["additions"] } : {}),
    ...(typeof one["deletions"] === "number" ? { deletions: one["deletions"] } : {}),
    ...(patch === undefined ? {} : { patch }),
  }
}

export async function exportSession(opencode: OpenCode, { session_id }: Of<"session.export">): Promise<ReplyResult> {
  const info = await session(opencode, session_id)
  const messages = await opencode.get<OcMessage[]>(`/session/${session_id}/message`)
  const data = { info, messages }
  const bytes = byteLength(JSON.stringify(data))
  if (bytes > MESSAGES_BYTES) {
    throw new CommandFailure("too_large", `The session has ${bytes} bytes; \`opencode export\` in the pod can write it to a file.`)
  }
  return { kind: "export", data }
}

export async function listSessions(opencode: OpenCode, directory: string | null | undefined): Promise<OcSession[]> {
  if (directory) return opencode.get<OcSession[]>("/session", { directory })
  return opencode.get<OcSession[]>("/experimental/session", { query: { limit: String(LIMITS.MAX_HELLO_SESSIONS) } })
}
