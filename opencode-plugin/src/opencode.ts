// OpenCode's own HTTP routes, as thin as possible. Only the `/session/...` family is used: the newer
// `/api/session/...` engine runs without plugin hooks. Permission, question, create and list routes need the
// directory; the others find it through the session.
import { taken } from "./first.ts"
import type { PluginInput } from "./hooks.ts"
import { asRecord } from "./text.ts"
import type { Observe } from "./trace.ts"

export type OcSession = {
  id: string
  title: string
  directory: string
  parentID?: string
  agent?: string
  model?: { id: string; providerID: string }
  metadata?: Record<string, unknown>
  time: { created: number; updated: number; archived?: number }
}

export type OcMessageInfo = {
  id: string
  sessionID: string
  role: string
  parentID?: string
  agent?: string
  model?: { providerID: string; modelID: string }
  providerID?: string
  modelID?: string
  finish?: string
  error?: { name: string; data?: { message?: string } }
  cost?: number
  tokens?: { input: number; output: number; reasoning?: number; cache?: { read?: number } }
  time: { created: number; completed?: number }
}

export type OcPart = {
  id: string
  messageID: string
  sessionID: string
  type: string
  text?: string
  synthetic?: boolean
  filename?: string
  mime?: string
  /** Where the content of a file is; mostly it is the content. */
  url?: string
  tool?: string
  callID?: string
  state?: OcToolState
  time?: { start?: number; end?: number }
}

export type OcToolState = {
  status: string
  input?: Record<string, unknown>
  output?: string
  error?: string
  title?: string
  metadata?: Record<string, unknown>
  time?: { start?: number; end?: number }
}

export type OcMessage = { info: OcMessageInfo; parts: OcPart[] }

/** An answer of OpenCode that is no success. */
export class OpenCodeError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

type Options = { directory?: string; query?: Record<string, string>; body?: unknown; signal?: AbortSignal }

export class OpenCode {
  readonly #baseUrl: string
  readonly #headers: Record<string, string>
  readonly #fetch: (request: Request) => Promise<Response>

  constructor(
    readonly input: Pick<PluginInput, "client" | "serverUrl">,
    readonly observe?: Observe,
  ) {
    const config = input.client._client.getConfig()
    this.#baseUrl = String(config.baseUrl ?? input.serverUrl).replace(/\/$/, "")
    this.#headers = authorization(config.headers)
    this.#fetch = config.fetch ?? fetch
  }

  get baseUrl(): string {
    return this.#baseUrl
  }

  /** The same OpenCode, with somebody who watches the calls. */
  observed(observe: Observe): OpenCode {
    return new OpenCode(this.input, observe)
  }

  get<T>(path: string, options: Options = {}): Promise<T> {
    return this.#call<T>("GET", path, options)
  }

  /** One page of a list, and whether older entries follow. */
  async page<T>(path: string, options: Options = {}): Promise<{ body: T; next: boolean }> {
    let next = false
    const body = await this.#call<T>("GET", path, options, (headers) => (next = headers.has("x-next-cursor")))
    return { body, next }
  }

  post<T>(path: string, options: Options = {}): Promise<T> {
    return this.#call<T>("POST", path, options)
  }

  patch<T>(path: string, options: Options = {}): Promise<T> {
    return this.#call<T>("PATCH", path, options)
  }

  /** As `get`, with `undefined` for what does not exist. */
  async find<T>(path: string, options: Options = {}): Promise<T | undefined> {
    try {
      return await this.get<T>(path, options)
    } catch (error) {
      if (error instanceof OpenCodeError && error.status === 404) return undefined
      throw error
    }
  }

  #call<T>(method: string, path: string, options: Options, seen?: (headers: Headers) => void): Promise<T> {
    const call = () => this.#ask<T>(method, path, options, seen)
    // Ids would make every call a name of its own.
    return this.observe ? this.observe(`${method} /${path.split("/")[1]}`, call) : call()
  }

  async #ask<T>(method: string, path: string, options: Options, seen?: (headers: Headers) => void): Promise<T> {
    const { directory, query, body, signal } = options
    const url = new URL(this.#baseUrl + path)
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
    if (directory !== undefined) url.searchParams.set("directory", directory)
    const headers: Record<string, string> = { ...this.#headers }
    if (directory !== undefined) headers["x-opencode-directory"] = encodeURIComponent(directory)
    const init: RequestInit = { method, headers }
    if (signal) init.signal = signal
    if (body !== undefined) {
      headers["content-type"] = "application/json"
      init.body = JSON.stringify(body)
    }
    const response = await this.#fetch(new Request(url, init))
    const text = await response.text()
    seen?.(response.headers)
    if (!response.ok) throw new OpenCodeError(response.status, explain(response.status, text))
    return (text === "" ? undefined : JSON.parse(text)) as T
  }
}

/** Takes over the password header and nothing else: the directory header would bind us to one directory. */
function authorization(headers: unknown): Record<string, string> {
  const all = headers instanceof Headers ? headers : new Headers(asRecord(headers) as Record<string, string>)
  const value = all.get("authorization") ?? ownLogin()
  return value ? { authorization: value } : {}
}

/** OpenCode makes a client for each directory, and for a later one the password has left its environment. */
function ownLogin(): string | undefined {
  const password = taken.OPENCODE_SERVER_PASSWORD
  if (!password) return undefined
  const name = process.env["OPENCODE_SERVER_USERNAME"] || "opencode"
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`
}

function explain(status: number, text: string): string {
  try {
    const body = asRecord(JSON.parse(text))
    const message = asRecord(body["data"])["message"] ?? body["message"] ?? body["name"]
    if (typeof message === "string") return `OpenCode answered ${status}: ${message}`
  } catch {
    // No JSON: the status has to do.
  }
  return `OpenCode answered ${status}.`
}
