// Runs a check command (tests, a linter) in a session's directory, outside of the conversation.
import { spawn } from "node:child_process"
import type { ReplyResult } from "./protocol.gen.ts"
import { LIMITS } from "./protocol.gen.ts"

/** The end of an output matters most: that much of it is kept. */
class Tail {
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(readonly limit: number) {}

  add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    while (this.#bytes - (this.#chunks[0]?.length ?? 0) >= this.limit) this.#bytes -= this.#chunks.shift()?.length ?? 0
  }

  toString(): string {
    return Buffer.concat(this.#chunks).subarray(-this.limit).toString("utf8")
  }
}

export function runCheck(
  command: string,
  directory: string,
  env: Record<string, string>,
  timeoutMs: number,
): Promise<ReplyResult> {
  const started = Date.now()
  const [stdout, stderr] = [new Tail(LIMITS.MAX_TOOL_OUTPUT_BYTES), new Tail(LIMITS.MAX_TOOL_OUTPUT_BYTES)]
  return new Promise((resolve, reject) => {
    // A group of its own, so that what the command started ends with it.
    const child = spawn("sh", ["-c", command], { cwd: directory, env: { ...withoutSecrets(), ...env }, detached: true })
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      if (child.pid) process.kill(-child.pid, "SIGKILL")
    }, timeoutMs)
    child.stdin.end()
    child.stdout.on("data", (chunk: Buffer) => stdout.add(chunk))
    child.stderr.on("data", (chunk: Buffer) => stderr.add(chunk))
    child.on("error", (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on("close", (code) => {
      clearTimeout(timer)
      const duration_ms = Date.now() - started
      const result = { exit_code: code, stdout: String(stdout), stderr: String(stderr), duration_ms, timed_out: timedOut }
      resolve({ kind: "check", ...result })
    })
  })
}

/** A check has no business with the bridge's token or OpenCode's password. */
function withoutSecrets(): NodeJS.ProcessEnv {
  const { BRIDGE_TOKEN: _token, BRIDGE_TOKEN_FILE: _file, OPENCODE_SERVER_PASSWORD: _password, ...rest } = process.env
  return rest
}
