// OpenCode's own permissions while the gate is on. The gate has decided before OpenCode asks, so what it let through is
// answered at once and shown to nobody; anything else is rejected. Whoever answers in OpenCode decides nothing, and is
// told to the gateway.
import { SeenOnce } from "./bounded.ts"
import type { Holds } from "./holds.ts"
import type { Log } from "./log.ts"
import { type OpenCode, OpenCodeError } from "./opencode.ts"
import type { Event, GateAlarm, PermissionAsk } from "./protocol.gen.ts"
import { LIMITS } from "./protocol.gen.ts"
import { isBusy } from "./status.ts"
import { errorText, shorten, wellFormed } from "./text.ts"

export type Surroundings = {
  opencode(): OpenCode
  holds: Holds
  /** Asks whose answer is ours. */
  answered: SeenOnce
  tell(session: string, event: Event): void
  log: Log
  sleep(ms: number): Promise<void>
}

/** Pauses before an answer that OpenCode did not take is given again: a call waits for it. */
const AGAIN_MS = [100, 500, 2_000, 5_000]

/** Longest word about what went past the gate, in bytes. */
const LONGEST = 1_024

const REJECTED = "This did not pass the gateway, so it was rejected. Continue without it."

export class OwnAsks {
  readonly #mine = new SeenOnce(LIMITS.REMEMBERED_REPLIES)

  constructor(readonly around: Surroundings) {}

  /** Answered here: neither a hello nor an event tells of it. */
  has(id: string): boolean {
    return this.#mine.has(id)
  }

  /** True when nobody else is to hear of the event. */
  take(session: string, event: Event): boolean {
    if (event.type === "permission.asked" && this.around.holds.isGate) {
      if (this.#mine.first(event.ask.id)) void this.#settle(event.ask)
      return true
    }
    if (event.type !== "permission.resolved") return false
    if (!event.by_gateway && this.around.holds.isGate) {
      this.#alarm(session, "foreign_reply", `${event.permission_id} was answered with ${event.reply}`)
    }
    return this.#mine.has(event.permission_id)
  }

  async #settle(ask: PermissionAsk): Promise<void> {
    const { answered, holds, log } = this.around
    const { id, session_id, permission, tool, patterns } = ask
    // Known before the event of it arrives.
    answered.first(id)
    try {
      const isLet = tool ? await holds.letThrough(session_id, tool.call_id) : false
      if (!isLet) this.#alarm(session_id, "foreign_ask", `${permission}: ${patterns.join(", ")}`)
      await this.#reply(ask, isLet ? { reply: "once" } : { reply: "reject", message: REJECTED })
    } catch (error) {
      log.warn("permission of OpenCode not answered", { session_id, permission_id: id, reason: errorText(error) })
    }
  }

  async #reply(ask: PermissionAsk, body: unknown): Promise<void> {
    const { directory, id, session_id } = ask
    for (const pause of [...AGAIN_MS, undefined]) {
      try {
        return await this.around.opencode().post(`/permission/${id}/reply`, { directory, body })
      } catch (error) {
        if (error instanceof OpenCodeError && error.status === 404) return this.#wasGone(session_id, directory, id)
        if (pause === undefined) throw error
        await this.around.sleep(pause)
      }
    }
  }

  /** Somebody was faster, unless the turn was stopped. */
  async #wasGone(session: string, directory: string, id: string): Promise<void> {
    if (!(await isBusy(this.around.opencode(), session, directory))) return
    this.#alarm(session, "foreign_reply", `${id} was answered before the gateway could`)
  }

  #alarm(session: string, alarm: GateAlarm, detail: string): void {
    this.around.log.warn("something went past the gate", { session_id: session, alarm })
    this.around.tell(session, { type: "gate.alarmed", alarm, detail: wellFormed(shorten(detail, LONGEST)) })
  }
}
