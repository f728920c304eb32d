// What the streams told. A store lives as long as somebody looks at it.
import { followAttention, whenWatchman } from "../lib/background.ts"
import { fold, type Thread } from "./thread-fold.ts"
import { foldCards } from "./cards-fold.ts"
import { LiveStream, type Bookmark, type Link } from "./stream.ts"
import type { SessionCard } from "./types.gen.ts"

export interface Live<T> {
  value: T | undefined
  link: Link
}

/** How long a store outlives its last watcher, so that going back and forth opens no new stream. */
const LINGER_MS = 5_000

interface LiveOptions {
  /** Nobody has watched for a while. */
  onIdle?(): void
  /** One of the browser's pages goes on listening while nobody looks, for notifications. */
  background?: boolean
}

/**
 * Folds a stream and tells its watchers. What comes after some quiet is told at once; what follows within the same frame
 * waits for the next one, so a flood costs one drawing a frame and a single word does not wait for a frame.
 */
export class LiveStore<T> {
  private now: Live<T> = { value: undefined, link: { state: "connecting" } }
  private told: Live<T> = this.now
  private watchers = new Set<() => void>()
  private stream?: LiveStream
  /** Set from a telling until the frame after it. */
  private frame?: number
  private soon = false
  private linger?: ReturnType<typeof setTimeout>
  private unfollow?: () => void
  private watchman = false
  private readonly bookmark: Bookmark = {}

  constructor(
    private readonly path: string,
    private readonly foldEvent: (value: T | undefined, name: string, data: unknown) => T | "reload",
    private readonly options: LiveOptions = {},
  ) {}

  watch = (watcher: () => void) => {
    this.watchers.add(watcher)
    clearTimeout(this.linger)
    this.unfollow ??= this.follow()
    return () => {
      this.watchers.delete(watcher)
      if (this.watchers.size === 0) this.linger = setTimeout(this.end, LINGER_MS)
    }
  }

  get = () => this.told

  /** Asks, if nobody has yet, and waits until there is something to show: what is known, or why it is not. */
  known = async () => {
    let leave = () => {}
    await new Promise<void>((resolve) => {
      const look = () => {
        if (this.told.value !== undefined || this.told.link.state !== "connecting") resolve()
      }
      leave = this.watch(look)
      look()
    })
    leave()
  }

  retryNow = () => (this.stream ? this.stream.retryNow() : this.begin())

  private follow() {
    if (this.options.background) {
      whenWatchman(() => {
        this.watchman = true
        if (this.unfollow) this.begin()
      })
    }
    this.begin()
    return followAttention({ onLook: this.begin, onAway: () => !this.watchman && this.pause() })
  }

  private begin = () => {
    this.stream ??= this.open()
  }

  private pause() {
    this.stream?.stop()
    this.stream = undefined
    // What is known grows old from here on.
    this.set({ ...this.now, link: { state: "connecting" } })
    this.tell()
  }

  private end = () => {
    this.unfollow?.()
    this.unfollow = undefined
    this.pause()
    this.options.onIdle?.()
  }

  private open() {
    return new LiveStream(this.path, {
      onEvent: ({ name, data }) => {
        const next = this.foldEvent(this.now.value, name, JSON.parse(data))
        if (next === "reload") return true
        this.set({ ...this.now, value: next })
        return false
      },
      onLink: (link) => {
        this.set({ ...this.now, link })
        // Doubt is told at once: no button stays pressable for a frame longer.
        this.tell()
      },
    }, this.bookmark)
  }

  private set(next: Live<T>) {
    this.now = next
    if (document.hidden) return this.tell()
    if (this.frame !== undefined || this.soon) return
    // Everything that arrived in one piece is told together.
    this.soon = true
    queueMicrotask(this.tellNews)
  }

  private tellNews = () => {
    this.soon = false
    this.frame = undefined
    if (this.now !== this.told) this.tell()
  }

  private tell = () => {
    if (this.frame !== undefined) cancelAnimationFrame(this.frame)
    this.frame = document.hidden ? undefined : requestAnimationFrame(this.tellNews)
    this.told = this.now
    for (const watcher of this.watchers) watcher()
  }
}

export type Cards = ReadonlyMap<string, SessionCard>

export const cardsStore = new LiveStore<Cards>("/cards/events", foldCards, { background: true })
const threads = new Map<string, LiveStore<Thread>>()

export function threadStore(session: string): LiveStore<Thread> {
  let store = threads.get(session)
  if (!store) {
    const path = `/sessions/${encodeURIComponent(session)}/thread/events`
    store = new LiveStore<Thread>(path, fold, { onIdle: () => threads.delete(session) })
    threads.set(session, store)
  }
  return store
}
