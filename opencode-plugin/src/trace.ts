// What is done for commands that belong to a trace, told as spans; and which of what happens in a session came of which
// command. Spans leave over the link, since a pod needs no other way out.
import { randomBytes } from "node:crypto"
import { BoundedMap } from "./bounded.ts"
import type { Event, Request, Span } from "./protocol.gen.ts"
import { LIMITS } from "./protocol.gen.ts"

/** `00-<trace>-<span>-<flags>`; ends that know more versions may add to it. */
const PLACE = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** Runs a call and tells how long it took. */
export type Observe = <T>(name: string, call: () => Promise<T>) => Promise<T>

/** A command and the calls that it makes to OpenCode. */
export class Trace {
  readonly place: string
  readonly #parts: Span[] = []
  readonly #own: Span

  private constructor(trace: string, parent: string, flags: string, name: string, session: string | undefined) {
    this.place = placed(trace, flags)
    this.#own = { traceparent: this.place, parent_id: parent, name, start_us: now(), end_us: 0, ...(session ? { session_id: session } : {}) }
  }

  /** None when the command belongs to no trace. */
  static of(request: Request): Trace | undefined {
    const [, trace, parent, flags] = PLACE.exec(request.traceparent ?? "") ?? []
    if (!trace || !parent || !flags) return undefined
    return new Trace(trace, parent, flags, request.type, "session_id" in request ? request.session_id : undefined)
  }

  readonly observe: Observe = async (name, call) => {
    const [, trace = "", parent_id = "", flags = ""] = PLACE.exec(this.place) ?? []
    const part: Span = { traceparent: placed(trace, flags), parent_id, name, start_us: now(), end_us: 0 }
    try {
      return await call()
    } catch (error) {
      part.error = error instanceof Error ? error.name : "unknown"
      throw error
    } finally {
      part.end_us = now()
      if (this.#parts.length < LIMITS.MAX_SPANS - 1) this.#parts.push(part)
    }
  }

  /** All of it, once the command is done. */
  end(error?: string): Span[] {
    this.#own.end_us = now()
    if (error !== undefined) this.#own.error = error
    return [this.#own, ...this.#parts]
  }
}

/** What makes something happen in a session. */
const CAUSES = new Set<Request["type"]>([
  "session.message",
  "session.resume",
  "session.abort",
  "permission.reply",
  "question.reply",
  "question.complete",
  "hold.release",
])

/** What people wait for. */
const AWAITED = new Set<Event["type"]>([
  "permission.asked",
  "permission.resolved",
  "question.asked",
  "question.resolved",
  "tool.held",
  "tool.unheld",
  "message.completed",
  "session.failed",
  "session.idle",
])

/** Which command a session's events came of: the last one that made something happen, until the session rests. */
export class Causes {
  readonly #places = new BoundedMap<string, string>(LIMITS.MAX_HELLO_SESSIONS)

  note(request: Request, trace: Trace): void {
    if (CAUSES.has(request.type) && "session_id" in request) this.#places.set(request.session_id, trace.place)
  }

  of(session: string, event: Event): string | undefined {
    if (!AWAITED.has(event.type)) return undefined
    const place = this.#places.get(session)
    if (event.type === "session.idle") this.#places.delete(session)
    return place
  }
}

function placed(trace: string, flags: string): string {
  return `00-${trace}-${randomBytes(8).toString("hex")}-${flags}`
}

function now(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000)
}
