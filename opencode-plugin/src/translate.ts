// OpenCode's events -> the protocol's. Remembers just enough to tell each thing once: which messages and tool
// calls were told, and the text of the parts that are being written (OpenCode stores a part only at its end).
import { BoundedMap, SeenOnce } from "./bounded.ts"
import { list, messageError, messageInfo, permissionAsk, questionAsk, role, sessionInfo, thinkingTime, toolCall } from "./convert.ts"
import type { OpenCodeEvent } from "./hooks.ts"
import type { OcMessageInfo, OcPart, OcSession } from "./opencode.ts"
import type { Event, Role } from "./protocol.gen.ts"
import { LIMITS } from "./protocol.gen.ts"
import { asRecord, asString, byteLength, shorten } from "./text.ts"

/** An event before it has a position. */
export type Draft = { session_id: string; at: number; traceparent?: string; event: Event }

/** Things remembered of each kind: far more than are under way at once. */
const MEMORY = 8192

type Writing = { text: string; bytes: number }

export class Translator {
  readonly #roles = new BoundedMap<string, Role>(MEMORY)
  readonly #writing = new BoundedMap<string, Writing>(1024)
  readonly #kinds = new BoundedMap<string, "text" | "reasoning">(1024)
  readonly #told = new SeenOnce(MEMORY)
  readonly #busy = new BoundedMap<string, boolean>(MEMORY)
  readonly #answered: SeenOnce

  /** `answered` knows the asks that the gateway answered. */
  constructor(answered: SeenOnce = new SeenOnce(MEMORY)) {
    this.#answered = answered
  }

  /** The text so far of a part that is being written. */
  running(part: string): string | undefined {
    return this.#writing.get(part)?.text
  }

  translate({ type, properties }: OpenCodeEvent, directory: string, now: number): Draft[] {
    const session = asString(properties["sessionID"])
    if (session === undefined) return []
    return this.#events(type, properties, session, directory).map((event) => ({ session_id: session, at: now, event }))
  }

  #events(type: string, properties: Record<string, unknown>, session: string, directory: string): Event[] {
    switch (type) {
      case "session.created":
      case "session.updated":
        return [{ type, session: sessionInfo(properties["info"] as OcSession) }]
      case "session.deleted":
      case "session.compacted":
        return [{ type }]
      case "session.status":
        return this.#status(session, asRecord(properties["status"]))
      case "session.idle":
        return this.#becomes(session, false) ? [{ type: "session.idle" }] : []
      case "session.error":
        return this.#failed(properties["error"])
      case "session.diff":
        return files(properties["diff"])
      case "todo.updated":
        return [{ type: "todo.changed", todos: todos(properties["todos"]) }]
      case "message.updated":
        return this.#message(properties["info"] as OcMessageInfo)
      case "message.part.delta":
        return this.#delta(properties)
      case "message.part.updated":
        return this.#part(properties["part"] as OcPart)
      case "permission.asked":
        return [{ type, ask: permissionAsk(properties, directory) }]
      case "question.asked":
        return [{ type, ask: questionAsk(properties, directory) }]
      case "permission.replied":
      case "question.replied":
      case "question.rejected":
        return this.#resolved(type, properties)
      default:
        return []
    }
  }

  #status(session: string, status: Record<string, unknown>): Event[] {
    if (status["type"] === "busy") return this.#becomes(session, true) ? [{ type: "session.active" }] : []
    if (status["type"] !== "retry") return []
    return [
      {
        type: "session.retrying",
        attempt: Number(status["attempt"] ?? 0),
        message: shorten(asString(status["message"]) ?? "", 4096),
        next_at: Math.round(Number(status["next"] ?? 0)),
      },
    ]
  }

  /** OpenCode tells busy and idle more than once; says whether this is news. */
  #becomes(session: string, busy: boolean): boolean {
    if (this.#busy.get(session) === busy) return false
    this.#busy.set(session, busy)
    return true
  }

  #failed(error: unknown): Event[] {
    const told = messageError(error)
    return [{ type: "session.failed", error: told, aborted: told.name === "MessageAbortedError" }]
  }

  #message(info: OcMessageInfo): Event[] {
    this.#roles.set(info.id, role(info.role))
    const events: Event[] = []
    if (this.#told.first(`started ${info.id}`)) events.push({ type: "message.started", message: messageInfo(info) })
    const complete = info.role === "assistant" && (info.time?.completed !== undefined || info.error !== undefined)
    if (complete && this.#told.first(`completed ${info.id}`)) {
      events.push({ type: "message.completed", message: messageInfo(info) })
    }
    return events
  }

  #delta(properties: Record<string, unknown>): Event[] {
    const { partID, messageID, field, delta } = properties
    if (typeof partID !== "string" || typeof messageID !== "string" || typeof delta !== "string") return []
    if (field !== "text" || delta === "") return []
    const writing = this.#writing.get(partID) ?? { text: "", bytes: 0 }
    const offset = writing.bytes
    this.#writing.set(partID, { text: writing.text + delta, bytes: offset + byteLength(delta) })
    return [
      {
        type: "message.part.streamed",
        message_id: messageID,
        part_id: partID,
        role: this.#roles.get(messageID) ?? "assistant",
        kind: this.#kinds.get(partID) ?? "text",
        offset,
        content: delta,
      },
    ]
  }

  #part(part: OcPart): Event[] {
    if (part.type === "text" || part.type === "reasoning") return this.#textPart(part, part.type)
    if (part.type === "tool") return this.#tool(part)
    if (part.type === "file" && !part.synthetic) return this.#file(part)
    return []
  }

  #textPart(part: OcPart, kind: "text" | "reasoning"): Event[] {
    const from = this.#roles.get(part.messageID) ?? "unknown"
    if (part.synthetic) return []
    const complete = part.time?.end !== undefined || from === "user"
    if (!complete) {
      this.#kinds.set(part.id, kind)
      return []
    }
    const content = shorten(part.text ?? "", LIMITS.MAX_FRAME_BYTES / 8)
    this.#writing.delete(part.id)
    if (!this.#told.first(`part ${part.id} ${content.length}`)) return []
    return [{ type: "message.part.completed", message_id: part.messageID, part_id: part.id, role: from, kind, content, ...thinkingTime(part) }]
  }

  /** Its name and kind only: what is in it may have megabytes. */
  #file(part: OcPart): Event[] {
    if (!this.#told.first(`file ${part.id}`)) return []
    const role = this.#roles.get(part.messageID) ?? "unknown"
    return [{ type: "message.part.attached", message_id: part.messageID, part_id: part.id, role, filename: part.filename ?? "", mime: part.mime ?? "" }]
  }

  #tool(part: OcPart): Event[] {
    const call = toolCall(part)
    if (call.status === "pending" || call.status === "unknown") return []
    if (!this.#told.first(`tool ${part.id} ${call.status} ${call.began === true}`)) return []
    return [{ type: "tool.executed", message_id: part.messageID, call }]
  }

  #resolved(type: string, properties: Record<string, unknown>): Event[] {
    const id = asString(properties["requestID"]) ?? ""
    const by_gateway = this.#answered.has(id)
    if (type === "permission.replied") {
      return [{ type: "permission.resolved", permission_id: id, reply: asString(properties["reply"]) ?? "unknown", by_gateway }]
    }
    const answers = properties["answers"]
    const given = type === "question.replied" && Array.isArray(answers) ? { answers: answers as string[][] } : {}
    return [{ type: "question.resolved", question_id: id, ...given, by_gateway }]
  }
}

function files(diff: unknown): Event[] {
  const changed = list(diff).map((one) => ({
    path: asString(one["file"]) ?? "",
    ...(typeof one["additions"] === "number" ? { additions: one["additions"] } : {}),
    ...(typeof one["deletions"] === "number" ? { deletions: one["deletions"] } : {}),
  }))
  return changed.length > 0 ? [{ type: "files.changed", files: changed }] : []
}

function todos(value: unknown) {
  return list(value).map((one) => ({
    content: asString(one["content"]) ?? "",
    status: asString(one["status"]) ?? "pending",
    priority: asString(one["priority"]) ?? "",
  }))
}
