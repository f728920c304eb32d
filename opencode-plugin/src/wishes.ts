// Checks that the agent wants: each wish waits for the gateway's word on what came of it.
import { randomUUID } from "node:crypto"
import { CommandFailure } from "./errors.ts"
import type { Event, ReplyResult } from "./protocol.gen.ts"

/** Longer than all checks of a session may take together; the gateway is to be the one who says that the time is over. */
const PATIENCE_MS = 4 * 60 * 60_000

/** At once in the whole pod; an agent waits for each of its calls. */
const MOST = 64

const LATE = "Nothing was heard of the checks. The people in the session's thread see how they stand."
const STOPPED = "The session was stopped while the checks ran. They may still be running."
const FULL = "Too many checks are wanted at once. Try again later."

type Wish = { session: string; hear(summary: string): void }

export class Wishes {
  readonly #waiting = new Map<string, Wish>()

  constructor(
    readonly tell: (session: string, event: Event) => void,
    readonly patienceMs = PATIENCE_MS,
  ) {}

  /** What the agent reads in the end. */
  async want(session: string, names: string[], stopped?: AbortSignal): Promise<string> {
    if (this.#waiting.size >= MOST) return FULL
    if (stopped?.aborted) return STOPPED
    const wish_id = `wish_${randomUUID()}`
    let timer: ReturnType<typeof setTimeout> | undefined
    let stop = () => {}
    try {
      return await new Promise<string>((hear) => {
        this.#waiting.set(wish_id, { session, hear })
        timer = setTimeout(() => hear(LATE), this.patienceMs)
        stop = () => hear(STOPPED)
        stopped?.addEventListener("abort", stop)
        this.tell(session, { type: "agent.checks_wanted", wish_id, names })
      })
    } finally {
      clearTimeout(timer)
      stopped?.removeEventListener("abort", stop)
      this.#waiting.delete(wish_id)
    }
  }

  heard({ session_id, wish_id, summary }: { session_id: string; wish_id: string; summary: string }): ReplyResult {
    const wish = this.#waiting.get(wish_id)
    if (!wish || wish.session !== session_id) throw new CommandFailure("check_not_found", "The agent no longer expects the results of these checks.")
    wish.hear(summary)
    return { kind: "done" }
  }
}
