// Holds tool calls that change files until the gateway lets them through.
//
// OpenCode runs a held tool when its hook resolves, even if the session was aborted meanwhile: so after the
// wait it is checked again, and the hook throws. What it throws is what the model reads.
import { changesFiles } from "./read-only.ts"
import { type Event, type HeldTool, type HoldMode, LIMITS, type Verdict } from "./protocol.gen.ts"
import { asString } from "./text.ts"

export type HoldCall = { tool: string; session: string; call: string; directory: string; args: Record<string, unknown> }

type Held = { about: HeldTool; decide: (verdict: Verdict) => void; /** Begins the wait, or begins it anew. */ wait: () => void }

/** Most calls held at once; a further one is refused with a sentence. */
const MAX_HELD = 256

const ABORTED: Verdict = { let: "refuse", message: "The session was stopped while this call waited; it did not run." }

function late(patienceMs: number): Verdict {
  const message = `Nobody decided within ${patienceMs / 1000} s; this call did not run. Go on without it or try again.`
  return { let: "refuse", message }
}

export class Holds {
  readonly #modes = new Map<string, HoldMode>()
  readonly #held = new Map<string, Held>()
  #default: HoldMode = "none"
  #count = 0
  #timeoutMs: number

  constructor(
    readonly tell: (session: string, event: Event) => void,
    readonly leastMs: number,
  ) {
    this.#timeoutMs = leastMs
  }

  /**
   * The gateway is there, and lets people take so long to decide. It is to be the one who says that the time is over,
   * so the wait here is longer than that, and begins anew for what is held: the gateway's clock does too.
   */
  decidedWithin(peopleMs: number): void {
    this.#timeoutMs = Math.max(this.leastMs, peopleMs + LIMITS.HOLD_MARGIN_MS)
    for (const { wait } of this.#held.values()) wait()
  }

  setDefault(mode: HoldMode): void {
    this.#default = mode
  }

  setMode(session: string, mode: HoldMode): void {
    this.#modes.set(session, mode)
  }

  list(): HeldTool[] {
    return [...this.#held.values()].map(({ about }) => about)
  }

  /** Decides a held call; false when it is not held (any more). */
  release(holdId: string, verdict: Verdict): boolean {
    const held = this.#held.get(holdId)
    held?.decide(verdict)
    return held !== undefined
  }

  /** The session was aborted or deleted: none of its held calls may run. */
  abortSession(session: string): void {
    for (const { about, decide } of this.#held.values()) if (about.session_id === session) decide(ABORTED)
  }

  forgetSession(session: string): void {
    this.abortSession(session)
    this.#modes.delete(session)
  }

  /** Returns when the call may run; throws what the model should read otherwise. */
  async check(call: HoldCall): Promise<void> {
    const mode = this.#modes.get(call.session) ?? this.#default
    if (mode === "none" || !changesFiles(call.tool, call.args)) return
    if (this.#held.size >= MAX_HELD) throw new Error("Too many calls wait for a decision already; try again later.")
    const about = this.#describe(call)
    const verdict = await this.#wait(about)
    this.tell(call.session, { type: "tool.unheld", hold_id: about.hold_id, ran: verdict.let === "through" })
    if (verdict.let === "refuse") throw new Error(verdict.message)
  }

  #describe({ tool, session, call, directory, args }: HoldCall): HeldTool {
    const file = asString(args["filePath"])
    const command = asString(args["command"])
    return {
      hold_id: `hold_${session}_${call}_${++this.#count}`,
      session_id: session,
      directory,
      tool,
      call_id: call,
      ...(file ? { file } : {}),
      ...(command ? { command } : {}),
    }
  }

  #wait(about: HeldTool): Promise<Verdict> {
    return new Promise((resolve) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const decide = (verdict: Verdict) => {
        clearTimeout(timer)
        this.#held.delete(about.hold_id)
        resolve(verdict)
      }
      const wait = () => {
        clearTimeout(timer)
        const patience = this.#timeoutMs
        timer = setTimeout(() => decide(late(patience)), patience)
      }
      this.#held.set(about.hold_id, { about, decide, wait })
      wait()
      this.tell(about.session_id, { type: "tool.held", held: about })
    })
  }
}
