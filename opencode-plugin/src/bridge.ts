// One per OpenCode process, whatever number of directories it serves: OpenCode initialises plugins once per
// directory, so the directories register with this one.
import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import type { Arguments } from "./arguments.ts"
import type { OpenCodeConfig } from "./agents.ts"
import { EventBuffer } from "./buffer.ts"
import { SeenOnce } from "./bounded.ts"
import { Checks } from "./checks.ts"
import { Commands } from "./commands.ts"
import { readConfig } from "./config.ts"
import { Families } from "./family.ts"
import { told } from "./held-call.ts"
import { effective } from "./effective.ts"
import { blocksModules, taken } from "./first.ts"
import { Guard } from "./guard.ts"
import { Holds, type HoldCall } from "./holds.ts"
import type { OpenCodeEvent, PluginInput } from "./hooks.ts"
import { Link, type Socket } from "./link.ts"
import { jsonLog, type Log } from "./log.ts"
import { OpenCode } from "./opencode.ts"
import { OwnAsks } from "./own-asks.ts"
import type { Event, HeldTool, Hello, Welcome } from "./protocol.gen.ts"
import { LIMITS, PROTOCOL_VERSION } from "./protocol.gen.ts"
import { abort } from "./sessions.ts"
import { takeSnapshot } from "./snapshot.ts"
import { isBusy } from "./status.ts"
import { Stops } from "./stops.ts"
import { asString, errorText } from "./text.ts"
import { Causes } from "./trace.ts"
import { type Draft, Translator } from "./translate.ts"
import { Wishes } from "./wishes.ts"

/** Told in the hello; package.json says the same, and a test holds them together. */
export const PLUGIN_VERSION = "0.1.0"

/** Where a session stands, and what it waits for; what it says is not logged. */
const LOGGED = new Set<Event["type"]>([
  "session.created", "session.deleted", "session.idle", "session.failed", "permission.asked", "permission.resolved",
  "question.asked", "question.resolved", "tool.held", "tool.unheld",
  "gate.alarmed",
])

/** A hello must not hang. */
const VERSION_PATIENCE_MS = 5_000

export class Bridge {
  readonly #log: Log = jsonLog()
  readonly #config = readConfig({ ...process.env, ...taken }, (sentence) => this.#log.warn(sentence))
  readonly #bootId = `boot_${randomUUID()}`
  readonly #startedAt = Date.now()
  readonly #answered = new SeenOnce(LIMITS.REMEMBERED_REPLIES)
  readonly #translator = new Translator(this.#answered)
  readonly #buffer = new EventBuffer()
  readonly #causes = new Causes()
  readonly #families = new Families(() => this.#opencode())
  readonly #holds = new Holds((session, event) => this.tell(session, event), this.#config.timeoutMs, {
    on: this.#config.gate,
    describe: (call, args) => this.#describe(call, args),
    message: ({ session, call }) => this.#families.message(session, call),
    isWanted: ({ session, directory }) => isBusy(this.#opencode(), session, directory),
    isOnline: () => this.#link.isReady,
  })
  readonly #ownAsks = new OwnAsks({
    opencode: () => this.#opencode(),
    holds: this.#holds,
    answered: this.#answered,
    tell: (session, event) => this.tell(session, event),
    log: this.#log,
    sleep: (ms) => sleep(ms),
  })
  readonly #stops = new Stops()
  readonly #guard = new Guard(process.env, this.#log)
  readonly #checks = new Checks((session, directory) => this.#guard.shell(session, directory, (one) => this.#families.root(one)), this.#log)
  readonly #wishes = new Wishes((session, event) => this.tell(session, event))
  readonly #directories = new Map<string, OpenCode>()
  readonly #commands = new Commands({
    opencode: () => this.#opencode(),
    holds: this.#holds,
    stops: this.#stops,
    checks: this.#checks,
    wishes: this.#wishes,
    answered: this.#answered,
    running: (part) => this.#translator.running(part),
    directories: () => [...this.#directories.keys()],
    causes: this.#causes,
    spans: (spans) => this.#link.tell({ v: PROTOCOL_VERSION, type: "trace.spans", spans }),
    log: this.#log,
  })
  readonly #link = new Link({
    config: this.#config,
    buffer: this.#buffer,
    log: this.#log,
    open: (url, headers) => new WebSocket(url, { headers } as never) as unknown as Socket,
    hello: () => this.#hello(),
    answer: (request) => this.#commands.answer(request),
    welcomed: (welcome) => this.#welcomed(welcome),
    random: Math.random,
  })
  #version: string | undefined

  /** A directory came into use. The first one starts the link. */
  register(input: PluginInput): void {
    this.#directories.set(input.directory, new OpenCode(input))
    this.#log.info("directory registered", { directory: input.directory, directories: this.#directories.size })
    // OpenCode waits for this call: the link is made after it.
    setTimeout(() => this.#link.start(), 0)
  }

  /** Its turns are over: what they hold must not run. */
  forget(directory: string): void {
    this.#directories.delete(directory)
    this.#families.forget(directory)
    this.#holds.abortDirectory(directory)
  }

  get isGate(): boolean {
    return this.#holds.isGate
  }

  /** An event of OpenCode. Never throws: OpenCode has nothing to do with our troubles. */
  event(event: OpenCodeEvent, directory: string): void {
    try {
      this.#families.note(event)
      for (const draft of this.#translator.translate(event, directory, Date.now())) {
        this.#react(draft.session_id, draft.event)
        if (this.#ownAsks.take(draft.session_id, draft.event)) continue
        this.#push(draft)
        this.#link.nudge(draft.event.type !== "message.part.streamed")
      }
    } catch (error) {
      const session_id = asString(event.properties["sessionID"])
      this.#log.warn("an event could not be translated", { type: event.type, session_id, reason: errorText(error) })
    }
  }

  /** An event of our own. */
  tell(session: string, event: Event): void {
    this.#push({ session_id: session, at: Date.now(), event })
    this.#link.nudge(true)
  }

  hold(call: HoldCall): Promise<void> {
    return this.#holds.check(call)
  }

  /** What came of them. A sub-agent's are its session's. */
  async wantChecks(session: string, names: string[], stopped?: AbortSignal): Promise<string> {
    return this.#wishes.want(await this.#families.root(session), names, stopped)
  }

  configured({ shell }: OpenCodeConfig): void {
    this.#guard.configured(shell)
  }

  /** A command is about to run. Without a name it runs where nothing can be written, so this never throws. */
  async commandFor(env: Record<string, string>, session: string | undefined, directory: string): Promise<void> {
    try {
      await this.#guard.name(env, session, directory, (one) => this.#families.root(one))
    } catch (error) {
      this.#log.warn("a command's session is not known", { session_id: session, reason: errorText(error) })
    }
  }

  stop(): void {
    this.#link.stop()
  }

  async #describe({ tool, session, directory }: HoldCall, args: Arguments): Promise<Partial<HeldTool>> {
    const about = await told(tool, args, directory)
    const file = about.real_file ?? about.file
    const { parents, deniedBy } = await this.#families.of({ tool, session, directory, args, file })
    return {
      ...about,
      ...(parents.length > 0 ? { parents } : {}),
      ...(deniedBy ? { denied_by: deniedBy } : {}),
    }
  }

  #welcomed({ hold_default, hold_timeout_ms, judges_early }: Welcome): void {
    this.#holds.judgedEarly(judges_early === true)
    this.#holds.setDefault(hold_default)
    if (typeof hold_timeout_ms === "number") this.#holds.decidedWithin(hold_timeout_ms)
  }

  #push(draft: Draft): void {
    if (LOGGED.has(draft.event.type)) this.#log.info("told the gateway", { event: draft.event.type, session_id: draft.session_id })
    const traceparent = this.#causes.of(draft.session_id, draft.event)
    this.#buffer.push(traceparent === undefined ? draft : { ...draft, traceparent })
  }

  #react(session: string, event: Event): void {
    if (event.type === "session.failed" && event.aborted) this.#holds.abortSession(session)
    if (event.type === "session.deleted") this.#holds.forgetSession(session)
    if (event.type === "message.started" && event.message.parent_id) this.#turnBegan(session, event.message.parent_id)
  }

  #turnBegan(session: string, message: string): void {
    const stop = () => abort(this.#opencode(), { type: "session.abort", session_id: session })
    const failed = (error: unknown) => this.#log.warn("a stopped turn could not be stopped", { session_id: session, reason: errorText(error) })
    this.#stops.began(session, message, stop).catch(failed)
  }

  #opencode(): OpenCode {
    const [first] = this.#directories.values()
    if (!first) throw new Error("No directory is in use yet.")
    return first
  }

  async #versionOf(opencode: OpenCode): Promise<string> {
    this.#version ??= await version(opencode)
    return this.#version ?? "unknown"
  }

  async #hello(): Promise<Omit<Hello, "position">> {
    const opencode = this.#opencode()
    const directories = [...this.#directories.keys()]
    // All at once: the gateway waits HELLO_TIMEOUT_MS for the hello, and an OpenCode that hangs may use up each one's patience.
    const [opencode_version, guard, told, snapshot] = await Promise.all([
      this.#versionOf(opencode),
      this.#guard.report(),
      effective({ gate: this.#config.gate, env: process.env, loaderBlock: blocksModules, opencode, directories }),
      takeSnapshot(opencode, directories, this.#log),
    ])
    return {
      protocol: { min: PROTOCOL_VERSION, max: PROTOCOL_VERSION },
      plugin_version: PLUGIN_VERSION,
      opencode_version,
      pod: this.#config.pod,
      boot_id: this.#bootId,
      started_at: this.#startedAt,
      server_url: opencode.baseUrl,
      directories,
      held: this.#holds.list(),
      ...(guard ? { guard } : {}),
      effective: told,
      ...snapshot,
      permissions: snapshot.permissions.filter(({ id }) => !this.#ownAsks.has(id)),
    }
  }
}

async function version(opencode: OpenCode): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(VERSION_PATIENCE_MS)
    return (await opencode.get<{ version?: string }>("/global/health", { signal })).version
  } catch {
    // It is asked again with the next hello.
    return undefined
  }
}
