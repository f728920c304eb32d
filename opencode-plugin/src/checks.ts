// Checks of sessions: their commands run here, beside the toolchains and behind the same guard as the agent's own, and wait for
// whoever asks what came of them. A run is known by its check's id: started again it is the same.
import { BoundedMap } from "./bounded.ts"
import { type Ended, type Running, type Shell, start } from "./check-process.ts"
import { CODE, FORGET_BEFORE, LAY_OUT_BEFORE, LOOK, READ_REPORT, RUN } from "./check-scripts.ts"
import { CommandFailure } from "./errors.ts"
import type { Log } from "./log.ts"
import type { CheckEnded, CodeState, Command, ReplyResult } from "./protocol.gen.ts"
import { LIMITS } from "./protocol.gen.ts"
import { errorText } from "./text.ts"

type Start = Extract<Command, { type: "check.start" }>

/** How commands of a session in this directory are run. */
type FindShell = (session: string, directory: string) => Promise<Shell>

/** Checks at the same time in the whole pod; each session has one. */
const MOST_RUNNING = 16

/** Results that are remembered until somebody has them, each of some hundred KiB. */
const REMEMBERED = 64

/** What is read around a check takes moments; a repository of some GiB is digested in that time, or is not told. */
const ASIDE_MS = 20_000

/** Written as JSON a report can grow sixfold, and has to fit into a frame. */
const MOST_WRITTEN = LIMITS.MAX_FRAME_BYTES / 2

const ID = /^[A-Za-z0-9_-]{1,128}$/
const HASH = /^[0-9a-f]{40,64}$/
const VARIABLE = /^[A-Z][A-Z0-9_]{0,63}$/

type Run = { session: string; result: Promise<CheckEnded>; stop(): void; isOver: boolean }

export class Checks {
  readonly #runs = new Map<string, Run>()
  /** Checks that were stopped before their start had looked up the session, each with its session. */
  readonly #stoppedEarly = new BoundedMap<string, string>(REMEMBERED)

  constructor(
    readonly shell: FindShell,
    readonly log: Log,
    readonly remembered = REMEMBERED,
  ) {}

  start(command: Start, directory: string): ReplyResult {
    const { check_id, session_id, env } = command
    if (!ID.test(check_id) || !Object.keys(env).every((name) => VARIABLE.test(name))) {
      throw new CommandFailure("invalid_argument", "The check's id or the name of a variable is not a plain word.")
    }
    const known = this.#runs.get(check_id)
    if (known && known.session !== session_id) throw new CommandFailure("invalid_argument", "Another session has a check of that id.")
    if (known) return { kind: "done" }
    this.#makeRoom()
    let stopped = false
    let running: Running | undefined
    const stop = () => {
      stopped = true
      running?.stop()
    }
    const begin = (one: Running) => {
      running = one
      if (stopped) one.stop()
    }
    const run: Run = { session: session_id, result: this.#run(command, directory, begin), stop, isOver: false }
    this.#runs.set(check_id, run)
    if (this.#stoppedEarly.get(check_id) === session_id) stop()
    const over = () => (run.isOver = true)
    run.result.then(over, over)
    return { kind: "done" }
  }

  async result({ session_id, check_id }: { session_id: string; check_id: string }): Promise<ReplyResult> {
    const run = this.#runs.get(check_id)
    if (!run || run.session !== session_id) {
      throw new CommandFailure("check_not_found", "OpenCode was started again since this check began, so it was ended with it.")
    }
    return { kind: "check", ...(await run.result) }
  }

  stop({ session_id, check_id }: { session_id: string; check_id: string }): ReplyResult {
    const run = this.#runs.get(check_id)
    if (!run) this.#stoppedEarly.set(check_id, session_id)
    if (run?.session === session_id) run.stop()
    return { kind: "done" }
  }

  /** What the session's agent could read itself, and nothing else. */
  async look(session: string, directory: string, names: string[]): Promise<ReplyResult> {
    const args = [String(LIMITS.MAX_CHECK_FILE_BYTES), String(LIMITS.MAX_CHECK_FILES), ...names]
    const keepBytes = LIMITS.MAX_FRAME_BYTES / 4
    const { output } = await this.#aside({ session, directory, script: LOOK, args, keepBytes })
    const [, ...parts] = output.toString("utf8").split("\0")
    const files: Record<string, string> = {}
    for (let at = 0; at + 1 < parts.length; at += 2) files[parts[at]!] = parts[at + 1]!
    return { kind: "check_files", files }
  }

  async #run(check: Start, directory: string, begin: (one: Running) => void): Promise<CheckEnded> {
    try {
      return await this.#ran(check, directory, begin)
    } finally {
      if (check.before) await this.#aside({ session: check.session_id, directory, script: FORGET_BEFORE, args: [check.check_id], keepBytes: 0 })
    }
  }

  async #ran(check: Start, directory: string, begin: (one: Running) => void): Promise<CheckEnded> {
    const { session_id, check_id, command, env, limit_ms } = check
    const shell = await this.shell(session_id, directory)
    const around = { session: session_id, directory }
    const where = check.before ? "before" : ""
    const code = check.before ? await this.#layOut(check, { shell, directory }, begin) : await this.#code(check_id, around)
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
    const args = [check_id, where, command, ...variables]
    const running = start({ shell, script: RUN, args, directory, limitMs: limit_ms, keepBytes: LIMITS.MAX_CHECK_OUTPUT_BYTES })
    begin(running)
    const { output, ...ended } = await running.ended
    const report = await this.#report([check_id, where, check.report ?? ""], around)
    const changed_meanwhile = !check.before && code !== undefined && (await this.#code(check_id, around))?.tree !== code.tree
    return { ...ended, output: output.toString("utf8"), ...(report === undefined ? {} : { report }), ...(code ? { code: { ...code, changed_meanwhile } } : {}) }
  }

  /** The code from before the session's changes. It takes as long as a copy of all that is installed. */
  async #layOut({ check_id, limit_ms }: Start, { shell, directory }: { shell: Shell; directory: string }, begin: (one: Running) => void): Promise<CodeState | undefined> {
    const laying = start({ shell, script: LAY_OUT_BEFORE, args: [check_id], directory, limitMs: limit_ms, keepBytes: 1_000 })
    begin(laying)
    const { output, exit_code, stopped } = await laying.ended
    // The check itself is stopped as soon as it begins.
    if (stopped) return undefined
    const told = output.toString("utf8").trim()
    const [commit, tree] = told.split(" ")
    if (exit_code === 0 && commit && tree && HASH.test(commit) && HASH.test(tree)) return { commit, tree, uncommitted: false, changed_meanwhile: false }
    throw new CommandFailure("invalid_argument", exit_code === 9 ? told : "The code from before the session's changes could not be laid out.")
  }

  async #report(args: string[], around: { session: string; directory: string }): Promise<string | undefined> {
    const most = LIMITS.MAX_CHECK_REPORT_BYTES
    const { output, output_bytes } = await this.#aside({ ...around, script: READ_REPORT, args: [...args, String(most + 1)], keepBytes: most })
    if (output_bytes === 0 || output_bytes > most) return undefined
    const text = output.toString("utf8")
    return Buffer.byteLength(JSON.stringify(text)) > MOST_WRITTEN ? undefined : text
  }

  async #code(id: string, around: { session: string; directory: string }): Promise<CodeState | undefined> {
    const { output, exit_code } = await this.#aside({ ...around, script: CODE, args: [id], keepBytes: 1_000 })
    const [commit, tree, committed] = output.toString("utf8").trim().split(" ")
    if (exit_code !== 0 || !commit || !tree || !committed || !HASH.test(tree)) return undefined
    return { commit, tree, uncommitted: tree !== committed, changed_meanwhile: false }
  }

  /** A look at files. That it fails says nothing of the check. */
  async #aside({ session, directory, ...wanted }: { session: string; directory: string; script: string; args: string[]; keepBytes: number }): Promise<Ended> {
    try {
      const shell = await this.shell(session, directory)
      return await start({ shell, directory, limitMs: ASIDE_MS, ...wanted }).ended
    } catch (error) {
      this.log.warn("a look at files for a check failed", { session_id: session, reason: errorText(error) })
      return { exit_code: null, duration_ms: 0, timed_out: false, stopped: false, output: Buffer.alloc(0), output_bytes: 0, digest: "" }
    }
  }

  /** The oldest results go; what runs stays. */
  #makeRoom(): void {
    const running = [...this.#runs.values()].filter(({ isOver }) => !isOver).length
    if (running >= MOST_RUNNING) throw new CommandFailure("busy", `${running} checks run in this pod already; wait for one of them, or stop it.`)
    for (const [id, { isOver }] of this.#runs) {
      if (this.#runs.size < this.remembered) return
      if (isOver) this.#runs.delete(id)
    }
  }
}
