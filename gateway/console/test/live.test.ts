import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { LiveStore } from "../src/api/live.ts"

/** The gateway's end of a stream. */
interface Wire {
  send(text: string): void
  end(): void
  broken(): boolean
}

let wires: Wire[]
const opened: (() => void)[] = []
/** The event behind which each stream was asked for. */
const asked: (string | undefined)[] = []
let answer: (signal: AbortSignal) => Promise<Response>

function streaming(signal: AbortSignal): Promise<Response> {
  let control!: ReadableStreamDefaultController<Uint8Array>
  const body = new ReadableStream<Uint8Array>({ start: (given) => void (control = given) })
  signal.addEventListener("abort", () => {
    try {
      control.error(new Error("aborted"))
    } catch {
      // It had ended.
    }
  })
  wires.push({ send: (text) => control.enqueue(new TextEncoder().encode(text)), end: () => control.close(), broken: () => signal.aborted })
  return Promise.resolve({ ok: true, body } as Response)
}

const add = (value: number | undefined, name: string, data: unknown) =>
  name === "all" ? (data as number) : value === undefined || name === "odd" ? "reload" : value + (data as number)

/** Lets promises and the stream's own turns pass. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await vi.advanceTimersByTimeAsync(1)
}

beforeEach(() => {
  vi.useFakeTimers()
  wires = []
  answer = streaming
  asked.length = 0
  vi.stubGlobal("fetch", (_: string, { signal, headers }: RequestInit) => {
    asked.push((headers as Record<string, string>)["last-event-id"])
    return answer(signal!)
  })
  vi.spyOn(Math, "random").mockReturnValue(0.5)
})

afterEach(async () => {
  for (const close of opened.splice(0)) close()
  await vi.advanceTimersByTimeAsync(6_000)
  look(true)
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

function look(visible: boolean) {
  Object.defineProperty(document, "hidden", { configurable: true, value: !visible })
  document.dispatchEvent(new Event("visibilitychange"))
}

const open = () => {
  const store = new LiveStore<number>("/x", add)
  opened.push(store.watch(() => {}))
  return store
}

const begun = async () => {
  const store = open()
  await settle()
  wires[0]!.send("event: all\ndata: 1\n\n")
  await settle()
  return store
}

describe("a live store that comes back", () => {
  const back = async (store: LiveStore<number>) => {
    store.retryNow()
    await settle()
  }

  it("asks for what came behind the last event that it took, and keeps what it has", async () => {
    // REQ-CONSOLE-02
    const store = open()
    await settle()
    wires[0]!.send("event: all\nid: run-1\ndata: 1\n\nevent: more\nid: run-2\ndata: 5\n\n")
    await settle()
    await back(store)
    expect(asked).toEqual([undefined, "run-2"])
    wires[1]!.send("event: more\nid: run-3\ndata: 4\n\n")
    await settle()
    expect(store.get().value).toBe(10)
  })

  it("asks for the rest when it fell behind, and for all when nothing fits", async () => {
    // REQ-CONSOLE-02
    open()
    await settle()
    wires[0]!.send("event: all\nid: run-1\ndata: 1\n\nevent: reload\ndata: {}\n\n")
    await vi.advanceTimersByTimeAsync(20_000)
    wires[1]!.send("event: odd\nid: run-7\ndata: 1\n\n")
    await vi.advanceTimersByTimeAsync(20_000)
    expect(asked).toEqual([undefined, "run-1", undefined])
  })
})

describe("a live store that is written to", () => {
  /** Frames come when the test says so. */
  const framed = () => {
    const waiting = new Map<number, FrameRequestCallback>()
    let last = 0
    vi.stubGlobal("requestAnimationFrame", (call: FrameRequestCallback) => (waiting.set(++last, call), last))
    vi.stubGlobal("cancelAnimationFrame", (frame: number) => waiting.delete(frame))
    return () => {
      const due = [...waiting.values()]
      waiting.clear()
      for (const call of due) call(0)
    }
  }

  it("shows a word without waiting for a frame, and draws a flood once a frame", async () => {
    // REQ-CONSOLE-02; issue 12, point 11: console_event_p95
    const nextFrame = framed()
    const store = await begun()
    nextFrame()
    let told = 0
    opened.push(store.watch(() => told++))
    wires[0]!.send("event: more\ndata: 1\n\nevent: more\ndata: 1\n\n")
    await settle()
    expect([store.get().value, told]).toEqual([3, 1])
    for (let piece = 0; piece < 50; piece++) {
      wires[0]!.send("event: more\ndata: 1\n\n")
      await settle()
    }
    expect([store.get().value, told]).toEqual([3, 1])
    nextFrame()
    expect([store.get().value, told]).toEqual([53, 2])
    nextFrame()
    expect(told).toBe(2)
  })

  it("does not keep back what came just before the page was hidden", async () => {
    // REQ-CONSOLE-02
    framed()
    const store = await begun()
    wires[0]!.send("event: more\ndata: 1\n\n")
    await settle()
    Object.defineProperty(document, "hidden", { configurable: true, value: true })
    wires[0]!.send("event: more\ndata: 1\n\n")
    await settle()
    expect(store.get().value).toBe(3)
  })
})

describe("who waits for a first picture", () => {
  const waiting = (store: LiveStore<number>) => {
    const seen = { known: false }
    void store.known().then(() => void (seen.known = true))
    return seen
  }

  it("has asked for it at once, and is told when it is there", async () => {
    // REQ-CONSOLE-02; issue 12, point 11: console_first_page
    const store = new LiveStore<number>("/x", add)
    const seen = waiting(store)
    await settle()
    expect([asked.length, seen.known]).toEqual([1, false])
    wires[0]!.send("event: all\ndata: 1\n\n")
    await settle()
    expect(seen.known).toBe(true)
    expect([waiting(store), await settle()][0]).toEqual({ known: true })
    expect(asked.length, "who looks now does not ask again").toBe(1)
  })

  it("does not wait for a gateway that refuses or is away", async () => {
    // REQ-CONSOLE-02
    answer = () => Promise.resolve(new Response(JSON.stringify({ title: "No", detail: "Sign in." }), { status: 401 }))
    const refused = waiting(new LiveStore<number>("/x", add))
    answer = () => Promise.reject(new Error("away"))
    await settle()
    const away = waiting(new LiveStore<number>("/y", add))
    await settle()
    expect([refused.known, away.known]).toEqual([true, true])
  })
})

describe("a live store", () => {
  it("is live with the first snapshot, not with the connection", async () => {
    // REQ-CONSOLE-02
    const store = open()
    await settle()
    expect(store.get().link.state).toBe("connecting")
    wires[0]!.send("event: all\ndata: 1\n\n")
    await settle()
    expect(store.get()).toEqual({ value: 1, link: { state: "live" } })
  })

  it("is offline as soon as the stream ends, keeps what it knew, and comes back with a snapshot", async () => {
    // REQ-CONSOLE-02
    const store = await begun()
    wires[0]!.end()
    await settle()
    expect(store.get()).toMatchObject({ value: 1, link: { state: "offline" } })
    await vi.advanceTimersByTimeAsync(600)
    expect(store.get().link.state).toBe("connecting")
    wires[1]!.send("event: all\ndata: 7\n\n")
    await settle()
    expect(store.get()).toEqual({ value: 7, link: { state: "live" } })
  })

  it("takes silence for a dead connection", async () => {
    // REQ-CONSOLE-02
    const store = await begun()
    await vi.advanceTimersByTimeAsync(30_000)
    wires[0]!.send(": alive\n\n")
    await settle()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(store.get().link.state).toBe("live")
    await vi.advanceTimersByTimeAsync(6_000)
    expect(store.get().link.state).not.toBe("live")
    expect(wires[0]!.broken()).toBe(true)
  })

  it("is offline at once when the browser is", async () => {
    const store = await begun()
    window.dispatchEvent(new Event("offline"))
    expect(store.get().link.state).toBe("offline")
    window.dispatchEvent(new Event("online"))
    await settle()
    expect(store.get().link.state).toBe("connecting")
    expect(wires).toHaveLength(2)
  })

  it("loads anew when news do not fit, and is not live until then", async () => {
    // REQ-THREAD-02
    const store = await begun()
    wires[0]!.send("event: odd\ndata: 1\n\n")
    await settle()
    expect(store.get().link.state).not.toBe("live")
    await vi.advanceTimersByTimeAsync(600)
    expect(wires).toHaveLength(2)
  })

  it("says what the gateway refused, and does not ask again by itself", async () => {
    // REQ-ASK-11
    answer = () => Promise.resolve({ ok: false, status: 404, json: async () => ({ title: "There is no such thing", detail: "No." }) } as Response)
    const store = open()
    await settle()
    expect(store.get().link).toMatchObject({ state: "refused", problem: { status: 404, detail: "No." } })
    answer = streaming
    await vi.advanceTimersByTimeAsync(60_000)
    expect(wires).toHaveLength(0)
  })

  it("tries again while the gateway is away", async () => {
    answer = () => Promise.reject(new TypeError("refused"))
    const store = open()
    await settle()
    expect(store.get().link.state).toBe("offline")
    await vi.advanceTimersByTimeAsync(20_000)
    answer = streaming
    await vi.advanceTimersByTimeAsync(20_000)
    expect(wires).toHaveLength(1)
  })

  it("gives its connection back while nobody looks, and is not live meanwhile", async () => {
    const store = await begun()
    look(false)
    await vi.advanceTimersByTimeAsync(19_000)
    expect(store.get().link.state).toBe("live")
    await vi.advanceTimersByTimeAsync(2_000)
    expect(wires[0]!.broken()).toBe(true)
    expect(store.get().link.state).not.toBe("live")
    look(true)
    await settle()
    expect(wires).toHaveLength(2)
  })
})
