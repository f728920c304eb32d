// The guarded shell, from OpenCode's side: what it gives here, and for whom a command runs.
import { execFile } from "node:child_process"
import path from "node:path"
import type { Shell } from "./check-process.ts"
import type { Log } from "./log.ts"
import type { GuardReport } from "./protocol.gen.ts"
import { asRecord, asString, errorText } from "./text.ts"

/** Set by `guard opencode` for the OpenCode that it starts: where the guard is. */
export const PROGRAM = "GUARD_PROGRAM"

/** What the guarded shell reads of each command's environment. */
const SESSION = "GUARD_SESSION"
const WORKTREE = "GUARD_WORKTREE"

const PATIENCE_MS = 5_000

type Run = (program: string, args: string[]) => Promise<string>

/** The session that people see. */
type FindRoot = (session: string) => Promise<string>

export class Guard {
  readonly #program: string | undefined
  #shell: string | undefined

  constructor(
    env: Record<string, string | undefined>,
    readonly log: Log,
    readonly run: Run = runProgram,
  ) {
    this.#program = env[PROGRAM] || undefined
  }

  /** The shell of OpenCode's configuration. */
  configured(shell: unknown): void {
    this.#shell = asString(shell)
  }

  /** Told in the hello; nothing when OpenCode was started without a guard. */
  async report(): Promise<GuardReport | undefined> {
    if (!this.#program) return undefined
    try {
      return this.#judged(asRecord(JSON.parse(await this.run(this.#program, ["report"]))))
    } catch (error) {
      this.log.warn("the guarded shell cannot be asked", { reason: errorText(error) })
      return { abi: 0, missing: [], refused: "The guarded shell does not answer." }
    }
  }

  #judged(report: Record<string, unknown>): GuardReport {
    const missing = Array.isArray(report["missing"]) ? report["missing"].filter((one) => typeof one === "string") : []
    const refused = asString(report["refused"]) ?? this.#unguarded()
    const abi = typeof report["abi"] === "number" ? report["abi"] : 0
    return { abi, missing, ...(refused ? { refused } : {}) }
  }

  /** A guard that is there and not used. */
  #unguarded(): string | undefined {
    if (this.#shell !== undefined && path.dirname(this.#shell) === path.dirname(this.#program!)) return undefined
    return "OpenCode's `shell` is not the guarded one."
  }

  /** For whom a command runs. A sub-agent's commands are those of the session that people see. */
  async name(env: Record<string, string>, session: string | undefined, directory: string, root: FindRoot): Promise<void> {
    if (!this.#program) return
    env[WORKTREE] = directory
    // Whatever stood there is not believed, also when the root is not found.
    env[SESSION] = ""
    if (session !== undefined) env[SESSION] = await root(session)
  }

  /** How a command of the gateway's own runs for a session: behind the guard, if there is one. */
  async shell(session: string, directory: string, root: FindRoot): Promise<Shell> {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.has(name))) as Record<string, string>
    if (!this.#program) return { program: "", before: [], env }
    await this.name(env, session, directory, root)
    return { program: this.#program, before: ["run", "--"], env }
  }
}

/** What has no business in a command that nobody guards. */
const OURS = new Set(["BRIDGE_TOKEN", "BRIDGE_TOKEN_FILE", "OPENCODE_SERVER_PASSWORD"])

function runProgram(program: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: PATIENCE_MS, encoding: "utf8" }, (error, stdout) => (error ? reject(error) : resolve(stdout)))
  })
}
