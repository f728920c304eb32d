// A stream of the gateway that comes back by itself. It is live only between its snapshot and the first doubt.
import { personHeader } from "../lib/person.ts"
import { Problem, problemOf } from "./client.ts"
import { EventParser, type StreamEvent } from "./sse.ts"

/** The gateway says something every 15 s; twice that and a little is silence. */
const SILENCE_MS = 35_000
const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 15_000

export type Link =
  | { state: "connecting" }
  | { state: "live" }
  | { state: "offline"; retryAt: number }
  | { state: "refused"; problem: Problem }

interface Handlers {
  /** True when the event can't be applied: everything is loaded anew. */
  onEvent(event: StreamEvent): boolean
  onLink(link: Link): void
}

/** The last event that was taken. It outlives a stream: the next one goes on behind it. */
export interface Bookmark {
  id?: string
}

/** The wait before the next attempt: doubled each time, with some chance so that pages do not come all at once. */
export function retryAfter(failures: number, random = Math.random()): number {
  const wait = Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS)
  return Math.round(wait * (0.75 + random / 2))
}

export class LiveStream {
  private failures = 0
  private stopped = false
  private attempt?: AbortController
  private timer?: ReturnType<typeof setTimeout>
  private silence?: ReturnType<typeof setTimeout>

  constructor(
    private readonly path: string,
    private readonly handlers: Handlers,
    private readonly bookmark: Bookmark = {},
  ) {
    window.addEventListener("offline", this.lost)
    window.addEventListener("online", this.retryNow)
    void this.connect()
  }

  stop() {
    this.stopped = true
    window.removeEventListener("offline", this.lost)
    window.removeEventListener("online", this.retryNow)
    clearTimeout(this.timer)
    clearTimeout(this.silence)
    this.attempt?.abort()
  }

  retryNow = () => {
    if (this.stopped) return
    clearTimeout(this.timer)
    this.attempt?.abort()
    void this.connect()
  }

  private lost = () => {
    this.attempt?.abort()
    this.fail()
  }

  private async connect() {
    const attempt = new AbortController()
    this.attempt = attempt
    this.handlers.onLink({ state: "connecting" })
    this.listen()
    try {
      await this.read(attempt)
    } catch (error) {
      if (error instanceof Problem && error.status >= 400 && error.status < 500) {
        if (this.attempt === attempt) this.refused(error)
        return
      }
    }
    if (this.attempt === attempt) this.fail()
  }

  private async read(attempt: AbortController) {
    const { id } = this.bookmark
    const headers = {
      accept: "text/event-stream",
      ...personHeader(),
      ...(id === undefined ? {} : { "last-event-id": id }),
    }
    const response = await fetch(`/api/v1${this.path}`, { headers, signal: attempt.signal, cache: "no-store" })
    if (!response.ok || !response.body) throw await problemOf(response)
    const parser = new EventParser()
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let live = false
    for (;;) {
      const { done, value } = await reader.read()
      if (done || this.attempt !== attempt) return
      this.listen()
      for (const event of parser.push(value)) {
        // The gateway says so when this page fell behind: what it has is right, and only the rest is asked for.
        const behind = event.name === "reload"
        const anew = !behind && this.handlers.onEvent(event)
        if (anew) this.bookmark.id = undefined
        if (anew || behind) {
          attempt.abort()
          this.failures = 0
          return
        }
        if (event.id !== undefined) this.bookmark.id = event.id
        if (!live) {
          live = true
          this.failures = 0
          this.handlers.onLink({ state: "live" })
        }
      }
    }
  }

  private refused(problem: Problem) {
    clearTimeout(this.silence)
    this.handlers.onLink({ state: "refused", problem })
  }

  /** Waits for the next sign of life. */
  private listen() {
    clearTimeout(this.silence)
    this.silence = setTimeout(this.lost, SILENCE_MS)
  }

  private fail() {
    if (this.stopped) return
    clearTimeout(this.timer)
    clearTimeout(this.silence)
    this.attempt = undefined
    const wait = retryAfter(this.failures++)
    this.handlers.onLink({ state: "offline", retryAt: Date.now() + wait })
    this.timer = setTimeout(() => void this.connect(), wait)
  }
}
