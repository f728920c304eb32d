// The plugin's settings. Every one has a default that works next to a local gateway; a bad value is named in
// the log and replaced by its default, since OpenCode must start in any case.
import { readFileSync } from "node:fs"
import os from "node:os"
import { BRIDGE_PATH } from "./protocol.gen.ts"

export type Config = {
  /** The WebSocket address of the gateway. */
  url: string
  token: string | undefined
  /** Where the token lies instead. A cluster renews it there, so it is read for each connection. */
  tokenFile?: string
  /** How long a held tool call waits at least, in milliseconds. The gateway tells how long people may take. */
  timeoutMs: number
  /** Every tool call waits for the gateway from the first on, whatever a gateway says later. Otherwise as the gateway wants it. */
  gate: boolean
  pod: string
}

export type Environment = Record<string, string | undefined>

const DEFAULT_URL = `ws://127.0.0.1:8000${BRIDGE_PATH}`

/** Until a gateway has told its own: its standard is 300 s, and the plugin waits 10 s longer. */
const DEFAULT_TIMEOUT_SECONDS = 310

export function readConfig(env: Environment, complain: (sentence: string) => void): Config {
  return {
    url: address(env, complain),
    token: env["BRIDGE_TOKEN"] || undefined,
    ...(env["BRIDGE_TOKEN_FILE"] ? { tokenFile: env["BRIDGE_TOKEN_FILE"] } : {}),
    timeoutMs: timeoutSeconds(env, complain) * 1000,
    gate: isGate(env, complain),
    pod: podName(env, complain),
  }
}

/** What to present now. A file that cannot be read is named; the gateway then says that a token is missing. */
export function currentToken(config: Config, complain: (sentence: string) => void): string | undefined {
  if (!config.tokenFile) return config.token
  try {
    return readFileSync(config.tokenFile, "utf8").trim() || undefined
  } catch {
    complain(`BRIDGE_TOKEN_FILE: ${config.tokenFile} can't be read; check that the pod mounts it.`)
    return config.token
  }
}

function address(env: Environment, complain: (sentence: string) => void): string {
  const given = env["GATEWAY_WS"] || env["GATEWAY_URL"]
  if (!given) return DEFAULT_URL
  try {
    const url = new URL(given)
    url.protocol = { "http:": "ws:", "https:": "wss:" }[url.protocol] ?? url.protocol
    if (url.protocol !== "ws:" && url.protocol !== "wss:") throw new Error("wrong scheme")
    if (url.pathname === "/") url.pathname = BRIDGE_PATH
    return url.toString()
  } catch {
    complain(`GATEWAY_WS (or GATEWAY_URL) is not a valid address; using ${DEFAULT_URL}.`)
    return DEFAULT_URL
  }
}

function timeoutSeconds(env: Environment, complain: (sentence: string) => void): number {
  const given = env["GATEWAY_TIMEOUT"]
  if (!given) return DEFAULT_TIMEOUT_SECONDS
  const seconds = Number(given)
  if (seconds > 0 && seconds <= 86_400) return seconds
  complain(`GATEWAY_TIMEOUT must be a number of seconds from 1 to 86400; using ${DEFAULT_TIMEOUT_SECONDS}.`)
  return DEFAULT_TIMEOUT_SECONDS
}

/** Closed unless it is opened by its name: nothing may run before a gateway has said a word. */
function isGate(env: Environment, complain: (sentence: string) => void): boolean {
  const given = env["GATEWAY_GATE"]
  if (given === "off") return false
  if (given && given !== "on") complain("GATEWAY_GATE is `on` or `off`; using `on`.")
  return true
}

function podName(env: Environment, complain: (sentence: string) => void): string {
  const name = env["POD_NAME"] || os.hostname()
  if (/^[A-Za-z0-9._-]{1,128}$/.test(name)) return name
  complain("POD_NAME must have 1 to 128 letters, digits, dots, hyphens or underscores; using \"opencode\".")
  return "opencode"
}
