// Holds tool calls until the gateway lets them through: those that change files, where the gateway wants it, or, with the
// gate on, every call of every session.
//
// OpenCode runs a held tool when its hook resolves, even if its turn was aborted or its directory given up meanwhile: so
// after the wait that is looked at again, and the hook throws. What it throws is what the model reads.
import { randomUUID } from "node:crypto"
import { type Arguments, freeze, isStill, type Shown, shown } from "./arguments.ts"
import { BoundedMap } from "./bounded.ts"
import { changesFiles } from "./read-only.ts"
import { type Event, type HeldTool, type HoldMode, LIMITS, type Verdict } from "./protocol.gen.ts"
import { asRecord, asString } from "./text.ts"

/** `args` are those that the tool gets: frozen when the gate lets it through. */
export type HoldCall = { tool: string; session: string; call: string; directory: string; args: unknown }

/** What the gate needs of its surroundings. */
export type Gate = {
  /** On from the first moment, whatever a gateway says. */
  on: boolean
  /** What it tells of a call: whose it is, where its file lies, what would change. Throws a sentence for the agent. */
  describe(call: HoldCall, args: Arguments): Promise<Partial<HeldTool>>
  /** The message that the call stands in, once OpenCode has told of it. Never throws. */
  message(call: HoldCall): Promise<string | undefined>
  /** The turn of the call goes on. */
  isWanted(call: HoldCall): Promise<boolean>
  isOnline(): boolean
}

type Held = {
  readonly call: HoldCall
  about?: HeldTool
  /** Decided. What is decided first counts, except that a turn that is over lets nothing run. */
  verdict?: Verdict
  decide?: (verdict: Verdict) => void
  /** Begins the wait, or begins it anew. */
  wait?: () => void
  /** Whether it was let through, once that is known. */
  readonly over: Promise<boolean>
  readonly end: (ran: boolean) => void
}

/** Most calls held at once; a further one is refused with a sentence. */
const MAX_HELD = 256

/** Calls that were let through and are remembered; far more than run at once. */
const LET_THROUGH = 8_192

/** After a longer wait OpenCode is asked whether the turn still goes on; before, its own word of that is enough. */
const LOOK_AFTER_MS = 200

const ABORTED = { let: "refuse", message: "The session was stopped while this call was waiting, so it did not run." } satisfies Verdict

/** OpenCode has not told of the call. */
const NOT_YET = Promise.resolve(Symbol())

const FULL = "Too many calls are already waiting for a decision; try again later."

function late(patienceMs: number, online: boolean): Verdict {
  const why = online ? `Nobody decided within ${patienceMs / 1000} s` : `The gateway that decides was not reachable for ${patienceMs / 1000} s`
  return { let: "refuse", message: `${why}, so this call did not run. Continue without it or try again.` }
}

export class Holds {
  readonly #modes = new Map<string, HoldMode>()
  readonly #held = new Set<Held>()
  readonly #through = new BoundedMap<string, true>(LET_THROUGH)
  /** Ids are our own: those of calls come from the model's provider and repeat. */
  readonly #name = randomUUID().slice(0, 8)
  #default: HoldMode = "none"
  /** The gateway can judge a call that OpenCode has not told of yet. */
  #judgesEarly = false
  #count = 0
  #timeoutMs: number

  constructor(
    readonly tell: (session: string, event: Event) => void,
    readonly leastMs: number,
    readonly gate?: Gate,
  ) {
    this.#timeoutMs = leastMs
  }

  /** Every call waits, and no session can be taken out of that. */
  get isGate(): boolean {
    return this.gate !== undefined && (this.gate.on || this.#default === "all")
  }

  /**
   * The gateway is there, and lets people take so long to decide. It is to be the one who says that the time is over,
   * so the wait here is longer than that, and begins anew for what is held: the gateway's clock does too.
   */
  decidedWithin(peopleMs: number): void {
    this.#timeoutMs = Math.max(this.leastMs, peopleMs + LIMITS.HOLD_MARGIN_MS)
    for (const { wait } of this.#held) wait?.()
  }

  judgedEarly(judges: boolean): void {
    this.#judgesEarly = judges
  }

  setDefault(mode: HoldMode): void {
    this.#default = mode
  }

  setMode(session: string, mode: HoldMode): void {
    this.#modes.set(session, mode)
  }

  list(): HeldTool[] {
    return [...this.#held].flatMap(({ about, verdict }) => (about && !verdict ? [about] : []))
  }

  /** Decides a held call; false when it is not held (any more). */
  release(holdId: string, verdict: Verdict): boolean {
    const held = [...this.#held].find(({ about }) => about?.hold_id === holdId)
    if (!held?.decide || held.verdict) return false
    held.decide(verdict)
    return true
  }

  /** The session was aborted or deleted: none of its held calls may run, nor any of its sub-agents'. */
  abortSession(session: string): void {
    this.#abort(({ call, about }) => call.session === session || about?.parents?.includes(session) === true)
  }

  /** OpenCode gives the directory up, and its turns with it. */
  abortDirectory(directory: string): void {
    this.#abort(({ call }) => call.directory === directory)
  }

  forgetSession(session: string): void {
    this.abortSession(session)
    this.#modes.delete(session)
  }

  /** Whether the gate let that call through; of one that is held, once it is known. */
  async letThrough(session: string, call: string): Promise<boolean> {
    const held = [...this.#held].find((one) => one.call.session === session && one.call.call === call)
    return held ? held.over : this.#through.has(`${session} ${call}`)
  }

  /** Returns when the call may run; throws what the model should read otherwise. */
  async check(call: HoldCall): Promise<void> {
    const gate = this.isGate ? this.gate : undefined
    if (!gate && !this.#holdsWrites(call)) return
    if (this.#held.size >= MAX_HELD) throw new Error(FULL)
    const held = begin(call)
    this.#held.add(held)
    let ran = false
    try {
      if (gate) await this.#pass(held, gate)
      else await this.#wait(held, this.#describe(call))
      this.#obey(held)
      ran = true
      if (gate) this.#through.set(`${call.session} ${call.call}`, true)
    } finally {
      this.#held.delete(held)
      held.end(ran)
      if (held.about) this.tell(call.session, { type: "tool.unheld", hold_id: held.about.hold_id, ran })
    }
  }

  async #pass(held: Held, gate: Gate): Promise<void> {
    const { call } = held
    const what: Shown = shown(call.args)
    const since = await this.#judged(held, gate, what.args)
    this.#obey(held)
    if (Date.now() - since > LOOK_AFTER_MS && !(await gate.isWanted(call))) held.verdict = ABORTED
    this.#obey(held)
    if (!isStill(what, call.args)) throw new Error("The arguments of this call were changed while it waited; it did not run.")
    runAsRead(call.args, held.verdict)
    freeze(call.args)
  }

  /**
   * Rules decide most calls, and need not wait until OpenCode has told of them. A person does: the card stands below the
   * words that come before the call. Returns since when it waited for the gateway.
   */
  async #judged(held: Held, gate: Gate, args: Arguments): Promise<number> {
    const { call } = held
    const message = gate.message(call)
    const own = this.#describe(call)
    const about = async (): Promise<HeldTool> => ({ ...own, ...(await gate.describe(call, args)), args, judge: true })
    const first = await about()
    const id = this.#judgesEarly && isItsOwn(first) ? await Promise.race([message, NOT_YET]) : await message
    const since = Date.now()
    if (typeof id !== "symbol") {
      await this.#wait(held, named(isItsOwn(first) ? first : await about(), id))
      return since
    }
    void message.then((id) => this.#tellAgain(held, named(first, id)))
    await this.#wait(held, { ...first, early: true })
    return since
  }

  #tellAgain(held: Held, about: HeldTool): void {
    if (held.verdict || !this.#held.has(held)) return
    held.about = about
    this.tell(about.session_id, { type: "tool.held", held: about })
  }

  #obey({ verdict = ABORTED }: Held): void {
    if (verdict.let === "refuse") throw new Error(verdict.message)
  }

  #holdsWrites(call: HoldCall): boolean {
    const mode = this.#modes.get(call.session) ?? this.#default
    return mode !== "none" && changesFiles(call.tool, asRecord(call.args))
  }

  #abort(which: (held: Held) => boolean): void {
    for (const held of this.#held) {
      if (!which(held)) continue
      held.decide?.(ABORTED)
      held.verdict = ABORTED
    }
  }

  #describe({ tool, session, call, directory, args }: HoldCall): HeldTool {
    const given = asRecord(args)
    const file = asString(given["filePath"])
    const command = asString(given["command"])
    return {
      hold_id: `hold_${this.#name}_${++this.#count}`,
      session_id: session,
      directory,
      tool,
      // An odd one would keep the gateway from taking the whole frame.
      call_id: /^[\x20-\x7e]{1,4096}$/.test(call) ? call : "",
      ...(file ? { file } : {}),
      ...(command ? { command } : {}),
    } as HeldTool
  }

  #wait(held: Held, about: HeldTool): Promise<void> {
    return new Promise((resolve) => {
      // Stopped while it was looked at.
      if (held.verdict) return resolve()
      let timer: ReturnType<typeof setTimeout> | undefined
      held.decide = (verdict) => {
        clearTimeout(timer)
        held.verdict ??= verdict
        resolve()
      }
      held.wait = () => {
        if (held.verdict) return
        clearTimeout(timer)
        const patience = this.#timeoutMs
        timer = setTimeout(() => held.decide?.(late(patience, this.gate?.isOnline() ?? true)), patience)
      }
      held.about = about
      held.wait()
      this.tell(about.session_id, { type: "tool.held", held: about })
    })
  }
}

/** What was read, shown and matched is what the shell gets: its own reading of the agent's text might be another one. */
function runAsRead(args: unknown, verdict: Verdict | undefined): void {
  if (verdict?.let !== "through" || !verdict.runs) return
  if (asString(asRecord(args)["command"])) (args as Arguments)["command"] = verdict.runs
}

/**
 * Its agent may have changed with this very turn, which OpenCode tells of late, too. The agent's own rules OpenCode keeps to
 * by itself; those of agents above, and a denial that may be of the turn before, have to be looked up after that.
 */
function isItsOwn({ parents, denied_by }: HeldTool): boolean {
  return !parents?.length && !denied_by
}

function named(about: HeldTool, id: string | undefined): HeldTool {
  return id ? { ...about, message_id: id } : about
}

function begin(call: HoldCall): Held {
  let end = (_ran: boolean) => {}
  const over = new Promise<boolean>((resolve) => (end = resolve))
  return { call, over, end: (ran) => end(ran) }
}
