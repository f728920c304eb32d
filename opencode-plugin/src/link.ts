// One WebSocket to the gateway, made anew whenever it breaks, from OpenCode's start to its end. OpenCode
// never waits for it.
import { currentToken, type Config } from "./config.ts"
import type { EventBuffer } from "./buffer.ts"
import type { Log } from "./log.ts"
import type { GatewayFrame, Hello, PluginFrame, Request, Welcome } from "./protocol.gen.ts"
import { CLOSE, COMMAND_NAMES, LIMITS, PROTOCOL_VERSION } from "./protocol.gen.ts"
import { errorText } from "./text.ts"

/** What is used of a WebSocket. */
export type Socket = {
  send(text: string): void
  close(code?: number, reason?: string): void
  onopen: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number; reason: string }) => void) | null
  onerror: ((event: unknown) => void) | null
}

export type LinkOptions = {
  config: Config
  buffer: EventBuffer
  log: Log
  open(url: string, headers: Record<string, string>): Socket
  hello(): Promise<Omit<Hello, "position">>
  answer(request: Request): Promise<PluginFrame>
  welcomed(welcome: Welcome): void
  /** 0 to 1, for jitter. */
  random(): number
}

/** After these, trying soon again is of no use: a person has to change something, or the other process goes. */
const HOPELESS = new Set<number>([
  CLOSE.IncompatibleVersion,
  CLOSE.Replaced,
  CLOSE.NameTaken,
  CLOSE.TooManyPods,
])

export class Link {
  #socket: Socket | undefined
  #ready = false
  #stopped = false
  #attempts = 0
  #heardAt = 0
  #pingIntervalMs: number = LIMITS.PING_INTERVAL_MS
  #nonce = 0
  #retry: ReturnType<typeof setTimeout> | undefined
  #heartbeat: ReturnType<typeof setInterval> | undefined
  #flush: ReturnType<typeof setTimeout> | undefined
  #flushedAt = 0

  constructor(readonly options: LinkOptions) {}

  get isReady(): boolean {
    return this.#ready
  }

  start(): void {
    if (!this.#socket && !this.#retry && !this.#stopped) this.#connect()
  }

  /** An event waits. Text may wait for more of it; everything else goes at once. */
  nudge(urgent: boolean): void {
    if (!this.#ready) return
    if (this.options.buffer.overflowed) return this.#drop("the buffer overflowed; the gateway reads everything again")
    if (urgent) return this.#sendWaiting()
    const wait = Math.max(0, this.#flushedAt + LIMITS.STREAM_FLUSH_MS - Date.now())
    this.#flush ??= setTimeout(() => this.#sendWaiting(), wait)
  }

  /** Something that nobody misses: without a link it is not told. */
  tell(frame: PluginFrame): void {
    if (this.#ready) this.#send(frame)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#retry)
    if (this.#ready) this.#sendWaiting()
    this.#end(CLOSE.GoingAway, "OpenCode is stopping.")
  }

  #connect(): void {
    const { config, log } = this.options
    const token = currentToken(config, (sentence) => log.warn(sentence))
    const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
    let socket: Socket
    try {
      socket = this.options.open(config.url, headers)
    } catch (error) {
      log.warn("the gateway's address is not usable", { reason: errorText(error) })
      return this.#again(false)
    }
    this.#socket = socket
    this.#heardAt = Date.now()
    this.#heartbeat = setInterval(() => this.#beat(), this.#pingIntervalMs)
    const current = (act: () => void) => () => void (this.#socket === socket && act())
    socket.onopen = current(() => void this.#sayHello(socket))
    socket.onmessage = ({ data }) => void (this.#socket === socket && this.#receive(data))
    socket.onerror = current(() => {})
    socket.onclose = ({ code, reason }) => void (this.#socket === socket && this.#closed(code, reason))
  }

  async #sayHello(socket: Socket): Promise<void> {
    try {
      const hello = await this.options.hello()
      if (this.#socket === socket) this.#send({ v: PROTOCOL_VERSION, type: "hello", ...hello, position: this.options.buffer.position })
    } catch (error) {
      this.options.log.warn("no hello could be made", { reason: errorText(error) })
      if (this.#socket === socket) this.#drop("no hello")
    }
  }

  #receive(data: unknown): void {
    this.#heardAt = Date.now()
    const frame = decode(data)
    if (typeof frame === "string") {
      return this.#send({ v: PROTOCOL_VERSION, type: "protocol.error", code: "wrong_field", message: frame })
    }
    this.#handle(frame)
  }

  #handle(frame: GatewayFrame): void {
    const { buffer, log } = this.options
    switch (frame.type) {
      case "welcome":
        return this.#welcome(frame)
      case "refused":
        return log.warn("the gateway refused this plugin", { code: frame.code, reason: frame.message })
      case "ack":
        buffer.ack(frame.seq)
        return buffer.hasWaiting ? this.nudge(false) : undefined
      case "ping":
        return this.#send({ v: PROTOCOL_VERSION, type: "pong", nonce: frame.nonce })
      case "pong":
        return
      case "protocol.error":
        log.warn("the gateway could not use a frame", { code: frame.code, reason: frame.message })
        return frame.code === "event_gap" && frame.expected_seq ? this.#sendAgain(frame.expected_seq) : undefined
      default:
        return void this.#request(frame)
    }
  }

  #welcome(welcome: Welcome): void {
    const { buffer, log } = this.options
    log.info("link to the gateway is up", { connection_id: welcome.connection_id, mode: welcome.mode, resume_from: welcome.resume_from })
    this.#attempts = 0
    this.#ready = true
    this.#pingIntervalMs = welcome.ping_interval_ms
    clearInterval(this.#heartbeat)
    this.#heartbeat = setInterval(() => this.#beat(), this.#pingIntervalMs)
    if (welcome.mode === "reconcile") buffer.reconciled()
    buffer.ack(welcome.resume_from - 1)
    this.options.welcomed(welcome)
    this.#sendAgain(welcome.resume_from)
    this.#sendWaiting()
  }

  async #request(request: Request): Promise<void> {
    const known = (COMMAND_NAMES as readonly string[]).includes(request.type)
    const answer: PluginFrame = known
      ? await this.options.answer(request)
      : {
          v: PROTOCOL_VERSION,
          type: "session.error",
          request_id: request.request_id,
          code: "unknown_command",
          message: `This plugin doesn't know the command ${JSON.stringify(request.type)}; it may be older than the gateway.`,
        }
    // A link that broke meanwhile gets the request again, and the remembered answer with it.
    if (this.#ready) this.#send(answer)
  }

  #sendAgain(from: number): void {
    for (const event of this.options.buffer.from(from)) this.#send({ v: PROTOCOL_VERSION, ...event })
  }

  #sendWaiting(): void {
    clearTimeout(this.#flush)
    this.#flush = undefined
    this.#flushedAt = Date.now()
    if (!this.#ready) return
    for (const event of this.options.buffer.take()) this.#send({ v: PROTOCOL_VERSION, ...event })
  }

  #beat(): void {
    if (Date.now() - this.#heardAt > this.#pingIntervalMs * LIMITS.SILENT_INTERVALS) return this.#drop("the gateway is silent")
    if (this.#ready) this.#send({ v: PROTOCOL_VERSION, type: "ping", nonce: ++this.#nonce })
  }

  #send(frame: PluginFrame): void {
    try {
      this.#socket?.send(JSON.stringify(frame))
    } catch (error) {
      this.#drop(errorText(error))
    }
  }

  /** Gives the connection up and makes another. */
  #drop(why: string): void {
    this.options.log.warn("link to the gateway dropped", { why })
    this.#end(1000, "")
    this.#again(false)
  }

  #closed(code: number, reason: string): void {
    this.options.log.info("link to the gateway closed", { code, reason })
    this.#end(undefined, "")
    this.#again(HOPELESS.has(code))
  }

  #end(code: number | undefined, reason: string): void {
    const socket = this.#socket
    this.#socket = undefined
    this.#ready = false
    clearInterval(this.#heartbeat)
    clearTimeout(this.#flush)
    this.#flush = undefined
    if (code === undefined) return
    try {
      socket?.close(code, reason)
    } catch {
      // It was closed already.
    }
  }

  #again(hopeless: boolean): void {
    if (this.#stopped) return
    const doubled = Math.min(LIMITS.RECONNECT_FIRST_MS * 2 ** this.#attempts, LIMITS.RECONNECT_MAX_MS)
    const pause = hopeless ? LIMITS.RECONNECT_MAX_MS : doubled
    this.#attempts += 1
    clearTimeout(this.#retry)
    this.#retry = setTimeout(
      () => {
        this.#retry = undefined
        this.#connect()
      },
      // Between half and the whole pause, so that many pods do not come back at the same moment.
      pause * (0.5 + this.options.random() / 2),
    )
  }
}

/** A frame, or a sentence on why it is none. */
export function decode(data: unknown): GatewayFrame | string {
  if (typeof data !== "string") return "Frames are JSON text."
  try {
    const frame: unknown = JSON.parse(data)
    if (typeof frame !== "object" || frame === null) return "The frame is not a JSON object."
    if (!("type" in frame) || typeof frame.type !== "string") return "The frame has no type."
    return frame as GatewayFrame
  } catch {
    return "The frame is not JSON."
  }
}
