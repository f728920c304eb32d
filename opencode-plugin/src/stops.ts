// A stop that comes between a message and the beginning of its turn. OpenCode takes a message at once and begins its
// turn a moment later; an abort in that moment meets nothing, and the turn would run although a person stopped it.
// So the stop is remembered, done again when the turn begins, and not reported as done before: a message that followed
// it too early would be dropped by that second abort.
import { setTimeout as sleep } from "node:timers/promises"
import { BoundedMap } from "./bounded.ts"

/** Sessions with a message whose turn has not begun; far more than a pod runs at once. */
const SESSIONS = 1_000

/** OpenCode may have dropped the message, and nothing tells so. A turn begins sooner even on a busy machine. */
const PATIENCE_MS = 5_000

type Sent = { message: string; stopped: boolean; over: () => void; isOver: Promise<void> }

export class Stops {
  /** Each session's newest message whose turn was not seen to begin. */
  readonly #sent = new BoundedMap<string, Sent>(SESSIONS)

  constructor(readonly patienceMs = PATIENCE_MS) {}

  /** Known before OpenCode has it. A message that is sent again stays stopped. */
  sent(session: string, message: string): void {
    if (this.#sent.get(session)?.message === message) return
    let over = () => {}
    const isOver = new Promise<void>((resolve) => (over = resolve))
    this.#sent.set(session, { message, stopped: false, over, isOver })
  }

  /** Remembers the stop. What it returns is over when the turn was stopped at its beginning, or does not begin. */
  async stopped(session: string): Promise<void> {
    const sent = this.#sent.get(session)
    if (!sent) return
    sent.stopped = true
    await Promise.race([sent.isOver, sleep(this.patienceMs, undefined, { ref: false })])
  }

  /** The turn of that message begins; if it was stopped before, `stop` is to be done first. */
  async began(session: string, message: string, stop: () => Promise<unknown>): Promise<void> {
    const sent = this.#sent.get(session)
    if (sent?.message !== message) return
    this.#sent.delete(session)
    try {
      if (sent.stopped) await stop()
    } finally {
      sent.over()
    }
  }
}
