// What the gateway has not acknowledged yet.
//
// Events wait without a number; the first time one is sent it gets the next position, so positions have no
// gaps and waiting text can still be merged. What was sent is kept with its number until it is acknowledged.
// When too much waits, text goes first (OpenCode has it), then whatever a new reading repairs; an ask, an
// answer, a completion or an error stays.
import type { Event, EventFrame, Position } from "./protocol.gen.ts"
import { LIMITS } from "./protocol.gen.ts"
import type { Draft } from "./translate.ts"

/** Of these only the newest of a session counts. */
const LATEST_COUNTS = new Set<Event["type"]>(["session.updated", "todo.changed", "files.changed"])

/** Of these OpenCode itself is the memory: the gateway reads them again when told that it is out of date. */
const REPAIRABLE = new Set<Event["type"]>([
  "message.part.streamed",
  "message.part.completed",
  "message.part.attached",
  "message.started",
  "tool.executed",
  "session.updated",
  "session.active",
  "todo.changed",
  "files.changed",
])

export class EventBuffer {
  #waiting: Draft[] = []
  #sent: EventFrame[] = []
  #nextSeq = 1
  #acked = 0
  #overflowed = false
  /** The waiting piece of each part that further text is merged into. */
  readonly #open = new Map<string, Draft & { event: { type: "message.part.streamed" } }>()

  constructor(
    readonly window: number = LIMITS.EVENT_WINDOW,
    readonly backlog: number = LIMITS.EVENT_BACKLOG,
  ) {}

  push(draft: Draft): void {
    if (draft.event.type === "message.part.streamed") {
      const open = this.#open.get(draft.event.part_id)
      if (open) {
        open.event.content += draft.event.content
        return
      }
      const own = { ...draft, event: { ...draft.event } }
      this.#open.set(own.event.part_id, own)
      this.#waiting.push(own)
    } else {
      this.#waiting.push(draft)
    }
    if (this.#waiting.length > this.backlog) this.#makeRoom()
  }

  /** Events to send now, numbered: as many as the window allows. */
  take(): EventFrame[] {
    const room = Math.max(0, this.window - this.#sent.length)
    const taken = this.#waiting.splice(0, room).map((draft) => this.#number(draft))
    this.#sent.push(...taken)
    return taken
  }

  ack(seq: number): void {
    if (seq <= this.#acked) return
    this.#acked = Math.min(seq, this.#nextSeq - 1)
    const first = this.#sent.findIndex((event) => event.seq > this.#acked)
    this.#sent.splice(0, first < 0 ? this.#sent.length : first)
  }

  /** What was sent from a position on, to be sent again. */
  from(seq: number): EventFrame[] {
    return this.#sent.filter((event) => event.seq >= seq)
  }

  get position(): Position {
    return { acked: this.#acked, sent: this.#nextSeq - 1, overflowed: this.#overflowed }
  }

  get overflowed(): boolean {
    return this.#overflowed
  }

  /** The gateway has put its picture right from a snapshot. */
  reconciled(): void {
    this.#overflowed = false
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#sent.length === 0
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0
  }

  #number(draft: Draft): EventFrame {
    if (draft.event.type === "message.part.streamed") this.#open.delete(draft.event.part_id)
    const { session_id, at, traceparent, event } = draft
    return { seq: this.#nextSeq++, session_id, at, ...(traceparent === undefined ? {} : { traceparent }), ...event }
  }

  #makeRoom(): void {
    this.#dropFinishedText()
    if (this.#waiting.length > this.backlog / 2) this.#keepLatest()
    if (this.#waiting.length > this.backlog / 2) this.#dropRepairable()
    if (this.#waiting.length > this.backlog) this.#startOver()
    this.#forgetDropped()
  }

  /** Text whose complete part waits too. */
  #dropFinishedText(): void {
    const finished = new Set<string>()
    for (const { event } of this.#waiting) if (event.type === "message.part.completed") finished.add(event.part_id)
    this.#waiting = this.#waiting.filter(
      ({ event }) => event.type !== "message.part.streamed" || !finished.has(event.part_id),
    )
  }

  #keepLatest(): void {
    const seen = new Set<string>()
    const kept: Draft[] = []
    for (const draft of this.#waiting.toReversed()) {
      const key = `${draft.session_id} ${draft.event.type}`
      if (LATEST_COUNTS.has(draft.event.type) && seen.has(key)) continue
      seen.add(key)
      kept.push(draft)
    }
    this.#waiting = kept.reverse()
  }

  #dropRepairable(): void {
    const stale = new Map<string, number>()
    this.#waiting = this.#waiting.filter((draft) => {
      if (draft.event.type === "session.stale") return false
      if (!REPAIRABLE.has(draft.event.type)) return true
      stale.set(draft.session_id, draft.at)
      return false
    })
    for (const [session_id, at] of stale) this.#waiting.push({ session_id, at, event: { type: "session.stale" } })
  }

  /** Even what must not be lost is too much: the gateway learns it anew from the snapshot of a hello. */
  #startOver(): void {
    this.#waiting = []
    this.#overflowed = true
  }

  #forgetDropped(): void {
    const waiting = new Set<Draft>(this.#waiting)
    for (const [part, draft] of this.#open) if (!waiting.has(draft)) this.#open.delete(part)
  }
}
