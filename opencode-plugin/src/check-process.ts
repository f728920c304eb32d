// A command of a check as a process: in the guarded shell, in a group of its own, with a time limit, and with an output that
// is digested whole and kept at its end. However it ends, nothing of its group is left.
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"

/** How what runs for a session is called: the program, what stands before its own arguments, and its variables. */
export type Shell = { program: string; before: string[]; env: NodeJS.ProcessEnv }

export type Wanted = { shell: Shell; script: string; args: string[]; directory: string; limitMs: number; keepBytes: number }

export type Ended = {
  exit_code: number | null
  duration_ms: number
  timed_out: boolean
  stopped: boolean
  output: Buffer
  output_bytes: number
  digest: string
}

export type Running = { ended: Promise<Ended>; stop(): void }

/** Between asking a process to end and ending it. */
const GRACE_MS = 1_000

/** A program that left its group can hold the pipes for ever: nobody waits longer for what it prints. */
const DRAIN_MS = 300

/** The end of an output matters most: that much of it is kept. */
class Tail {
  #chunks: Buffer[] = []
  #kept = 0
  bytes = 0
  readonly #digest = createHash("sha256")

  constructor(readonly limit: number) {}

  add(chunk: Buffer): void {
    this.bytes += chunk.length
    this.#digest.update(chunk)
    // A copy: a small piece would keep the whole buffer that it was read into.
    this.#chunks.push(Buffer.from(chunk))
    this.#kept += chunk.length
    while (this.#kept - (this.#chunks[0]?.length ?? 0) >= this.limit) this.#kept -= this.#chunks.shift()?.length ?? 0
  }

  get kept(): Buffer {
    return this.limit === 0 ? Buffer.alloc(0) : Buffer.concat(this.#chunks).subarray(-this.limit)
  }

  get digest(): string {
    return this.#digest.digest("hex")
  }
}

/**
 * Its standard input stays open as long as we live and want it: the script ends its whole group when that is closed, so a
 * command does not outlive the OpenCode that started it.
 */
export function start({ shell, script, args, directory, limitMs, keepBytes }: Wanted): Running {
  const began = Date.now()
  const argv = [...shell.before, "sh", "-c", script, "check", ...args]
  const [program, ...rest] = [...(shell.program ? [shell.program] : []), ...argv] as [string, ...string[]]
  const child = spawn(program, rest, { cwd: directory, env: shell.env, detached: true, stdio: ["pipe", "pipe", "pipe"] })
  const printed = new Tail(keepBytes)
  let [timedOut, stopped, isOver] = [false, false, false]
  const signal = (name: NodeJS.Signals) => {
    try {
      if (child.pid) process.kill(-child.pid, name)
    } catch {
      // Nothing of it is left.
    }
  }
  const end = () => {
    child.stdin.destroy()
    signal("SIGTERM")
    setTimeout(() => signal("SIGKILL"), GRACE_MS).unref()
  }
  const timer = setTimeout(() => {
    timedOut = true
    end()
  }, limitMs)
  // What it writes to us when it is gone already is nobody's trouble.
  child.stdin.on("error", () => {})
  child.stdout.on("data", (chunk: Buffer) => printed.add(chunk))
  child.stderr.on("data", (chunk: Buffer) => printed.add(chunk))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", (error) => {
      clearTimeout(timer)
      isOver = true
      reject(error)
    })
    const tell = (exit_code: number | null) => {
      if (isOver) return
      isOver = true
      child.stdout.destroy()
      child.stderr.destroy()
      const seen = { output: printed.kept, output_bytes: printed.bytes, digest: printed.digest }
      resolve({ exit_code, duration_ms: Date.now() - began, timed_out: timedOut, stopped, ...seen })
    }
    child.on("exit", (code) => {
      clearTimeout(timer)
      // Whatever it left running in its group ends too.
      child.stdin.destroy()
      signal("SIGKILL")
      setTimeout(() => tell(code), DRAIN_MS)
    })
    child.on("close", (code) => tell(code))
  })
  const stop = () => {
    if (isOver || timedOut) return
    stopped = true
    end()
  }
  return { ended, stop }
}
