import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { Bridge } from "../src/bridge.ts"
import type { Hello } from "../src/protocol.gen.ts"
import { LIMITS } from "../src/protocol.gen.ts"

type Answer = (path: string, signal: AbortSignal) => Promise<unknown>

const HOLDS_ALL = { v: 1, type: "welcome", protocol: 1, connection_id: "c", mode: "reconcile", resume_from: 1, ping_interval_ms: 10_000, hold_default: "all" }

class Socket {
  static all: Socket[] = []
  onopen?: () => void
  onmessage?: (event: { data: string }) => void
  onclose?: (event: { code: number; reason: string }) => void
  hellos: Hello[] = []
  constructor() {
    Socket.all.push(this)
    // Whoever makes it listens to it first.
    setTimeout(() => this.onopen?.(), 0)
  }
  send(text: string) {
    const frame = JSON.parse(text)
    if (frame.type === "hello") this.hellos.push(frame)
  }
  close() {}
}

/** As the real one, by the clock of the tests. */
function timeout(ms: number): AbortSignal {
  const one = new AbortController()
  setTimeout(() => one.abort(new Error("It took too long.")), ms)
  return one.signal
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal("WebSocket", Socket)
  vi.spyOn(AbortSignal, "timeout").mockImplementation(timeout)
  Socket.all = []
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

function bridge(answer: Answer, directories: string[]) {
  const fetch = async ({ url, signal }: Request) => new Response(JSON.stringify(await answer(new URL(url).pathname, signal)))
  const client = { _client: { getConfig: () => ({ baseUrl: "http://opencode.test", fetch }) } }
  const one = new Bridge()
  for (const directory of directories) one.register({ client, directory, serverUrl: new URL("http://opencode.test") })
  return one
}

async function hello(count = 1, within = 0): Promise<Hello> {
  await vi.advanceTimersByTimeAsync(within)
  return vi.waitFor(() => {
    expect(Socket.all).toHaveLength(count)
    const [told] = Socket.all.at(-1)!.hellos
    expect(told).toBeDefined()
    return told!
  })
}

const nothing: Answer = async (path) => (path === "/session/status" || path === "/global/health" ? {} : [])

test.each([["off", false], ["on", true]])("REQ-GATE-05 with its own switch %s the gate is told so, whatever a gateway said last", async (own, told) => {
  vi.stubEnv("GATEWAY_GATE", own)
  const one = bridge(nothing, ["/a"])
  expect((await hello()).effective?.gate).toBe(told)
  Socket.all[0]!.onmessage!({ data: JSON.stringify(HOLDS_ALL) })
  expect(one.isGate).toBe(true)
  Socket.all[0]!.onclose!({ code: 1001, reason: "" })
  expect((await hello(2, LIMITS.RECONNECT_FIRST_MS)).effective?.gate).toBe(told)
  one.stop()
})

test("REQ-BRIDGE-08 an OpenCode that answers nothing does not keep the hello for longer than the gateway waits", async () => {
  const hangs: Answer = (_, signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
  const one = bridge(hangs, ["/a", "/b", "/c"])
  await vi.advanceTimersByTimeAsync(LIMITS.HELLO_TIMEOUT_MS - 1_000)
  expect(Socket.all[0]!.hellos).toMatchObject([{ opencode_version: "unknown", sessions: [], effective: { unasked: ["OpenCode did not tell"] } }])
  one.stop()
})

test("REQ-BRIDGE-08 a turn that is not told does not keep the hello either", async () => {
  const session = { id: "ses_1", title: "", directory: "/a", time: { created: 1, updated: 1 } }
  const hangs: Answer = (path, signal) => {
    if (path === "/experimental/session") return new Promise((resolve) => setTimeout(() => resolve([session]), 3_500))
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
  }
  const one = bridge(hangs, ["/a"])
  await vi.advanceTimersByTimeAsync(LIMITS.HELLO_TIMEOUT_MS - 1_000)
  expect(Socket.all[0]!.hellos).toMatchObject([{ sessions: [{ session: { id: "ses_1" } }] }])
  one.stop()
})

test("REQ-BRIDGE-08 a version that OpenCode did not tell is asked for again", async () => {
  let answers: unknown = []
  const one = bridge(async (path, signal) => (path === "/global/health" ? answers : nothing(path, signal)), ["/a"])
  expect((await hello()).opencode_version).toBe("unknown")
  answers = { version: "1.2.3" }
  Socket.all[0]!.onclose!({ code: 1001, reason: "" })
  expect((await hello(2, LIMITS.RECONNECT_FIRST_MS)).opencode_version).toBe("1.2.3")
  one.stop()
})
