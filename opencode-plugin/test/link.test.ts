import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { EventBuffer } from "../src/buffer.ts"
import { Link, type Socket } from "../src/link.ts"
import type { Hello, PluginFrame, Request } from "../src/protocol.gen.ts"
import { CLOSE, LIMITS } from "../src/protocol.gen.ts"

class FakeSocket implements Socket {
  onopen: Socket["onopen"] = null
  onmessage: Socket["onmessage"] = null
  onclose: Socket["onclose"] = null
  onerror: Socket["onerror"] = null
  sent: PluginFrame[] = []
  closed: number | undefined
  send(text: string) {
    this.sent.push(JSON.parse(text))
  }
  close(code?: number) {
    this.closed = code
  }
  gets(frame: object) {
    this.onmessage?.({ data: JSON.stringify({ v: 1, ...frame }) })
  }
  ends(code: number) {
    this.onclose?.({ code, reason: "" })
  }
  of(type: string) {
    return this.sent.filter((frame) => frame.type === type)
  }
}

const HELLO = { pod: "pod-a", boot_id: "b" } as unknown as Omit<Hello, "position">

function setUp(answer: (request: Request) => Promise<PluginFrame> = async () => ({ v: 1, type: "pong", nonce: 0 })) {
  const sockets: FakeSocket[] = []
  const opened: number[] = []
  const lines: string[] = []
  const buffer = new EventBuffer()
  const link = new Link({
    config: { gate: false, url: "ws://gateway.test/ws/bridge", token: "secret-token", timeoutMs: 1, pod: "pod-a" },
    buffer,
    log: { info: (line) => lines.push(line), warn: (line) => lines.push(line) },
    open: () => {
      opened.push(Date.now())
      sockets.push(new FakeSocket())
      return sockets.at(-1)!
    },
    hello: async () => HELLO,
    answer,
    welcomed: () => {},
    random: () => 1,
  })
  const last = () => sockets.at(-1)!
  const connect = async (resume_from = 1, mode = "reconcile") => {
    last().onopen?.()
    await vi.advanceTimersByTimeAsync(0)
    last().gets({ type: "welcome", protocol: 1, connection_id: "c", mode, resume_from, ping_interval_ms: 10_000, hold_default: "none" })
  }
  return { link, buffer, sockets, opened, lines, last, connect }
}

const idle = { session_id: "ses_1", at: 1, event: { type: "session.idle" } } as const

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

test("REQ-BRIDGE-08 says hello, and sends events only after the welcome", async () => {
  const { link, buffer, last, connect } = setUp()
  link.start()
  buffer.push(idle)
  link.nudge(true)
  expect(last().sent).toHaveLength(0)
  await connect()
  expect(last().sent.map(({ type }) => type)).toEqual(["hello", "session.idle"])
  expect(last().sent[0]).toMatchObject({ pod: "pod-a", position: { acked: 0, sent: 0 } })
})

test("REQ-BRIDGE-07 waits 1, 2, 4 … 30 s between attempts, from the first start on", async () => {
  const { link, opened, last } = setUp()
  link.start()
  for (let n = 0; n < 7; n++) {
    last().ends(1006)
    await vi.advanceTimersByTimeAsync(30_000)
  }
  const pauses = opened.slice(1).map((at, n) => at - Math.max(opened[n]!, n * 30_000))
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
})

test("REQ-BRIDGE-07 a welcome makes the next pause short again", async () => {
  const { link, opened, last, connect } = setUp()
  link.start()
  last().ends(1006)
  await vi.advanceTimersByTimeAsync(1_000)
  await connect()
  const lost = Date.now()
  last().ends(1012)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(opened.at(-1)! - lost).toBe(1_000)
})

test("REQ-BRIDGE-08 when another process holds the name it tries at the longest pause only", async () => {
  for (const code of [CLOSE.Replaced, CLOSE.NameTaken, CLOSE.TooManyPods, CLOSE.IncompatibleVersion]) {
    const { link, sockets, last } = setUp()
    link.start()
    last().ends(code)
    await vi.advanceTimersByTimeAsync(LIMITS.RECONNECT_MAX_MS - 1)
    expect(sockets).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(sockets).toHaveLength(2)
  }
})

test("REQ-BRIDGE-02 answers pings, and drops a gateway that is silent for three intervals", async () => {
  const { link, sockets, last, connect } = setUp()
  link.start()
  await connect()
  last().gets({ type: "ping", nonce: 7 })
  expect(last().of("pong")).toMatchObject([{ nonce: 7 }])
  await vi.advanceTimersByTimeAsync(30_000)
  expect(sockets).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(11_000)
  expect(sockets[0]!.closed).toBe(1000)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(sockets).toHaveLength(2)
})

test("REQ-BRIDGE-06 sends again from where the gateway says, and from where it misses something", async () => {
  const { link, buffer, last, connect } = setUp()
  link.start()
  await connect()
  for (let n = 0; n < 3; n++) buffer.push(idle)
  link.nudge(true)
  last().ends(1006)
  await vi.advanceTimersByTimeAsync(1_000)
  await connect(2, "replay")
  const seqs = () => last().of("session.idle").map((frame) => (frame as { seq: number }).seq)
  expect(seqs()).toEqual([2, 3])
  last().gets({ type: "protocol.error", code: "event_gap", message: "m", seq: 3, expected_seq: 2 })
  expect(seqs()).toEqual([2, 3, 2, 3])
  last().gets({ type: "ack", seq: 3 })
  expect(buffer.isEmpty).toBe(true)
})

test("REQ-BRIDGE-05 text waits up to 50 ms for more of it, everything else goes at once", async () => {
  const { link, buffer, last, connect } = setUp()
  link.start()
  await connect()
  const streamed = (offset: number, content: string) => {
    const event = { type: "message.part.streamed", message_id: "m", part_id: "p", role: "assistant", kind: "text", offset, content } as const
    buffer.push({ session_id: "ses_1", at: 1, event: { ...event } })
    link.nudge(false)
  }
  streamed(0, "one ")
  streamed(4, "two")
  expect(last().of("message.part.streamed")).toHaveLength(0)
  await vi.advanceTimersByTimeAsync(LIMITS.STREAM_FLUSH_MS)
  expect(last().of("message.part.streamed")).toMatchObject([{ content: "one two" }])
})

test("REQ-BRIDGE-03 answers requests, and says when it does not know one", async () => {
  const { link, last, connect } = setUp(async (request) => ({ v: 1, type: "reply", request_id: request.request_id, result: { kind: "done" } }))
  link.start()
  await connect()
  last().gets({ type: "session.abort", request_id: "r1", deadline_ms: 1, session_id: "ses_1" })
  last().gets({ type: "session.teleport", request_id: "r2", deadline_ms: 1 })
  await vi.advanceTimersByTimeAsync(0)
  expect(last().of("reply")).toMatchObject([{ request_id: "r1" }])
  expect(last().of("session.error")).toMatchObject([{ request_id: "r2", code: "unknown_command" }])
})

test("REQ-BRIDGE-09 frames that are none are answered with a protocol error", async () => {
  const { link, last, connect } = setUp()
  link.start()
  await connect()
  for (const data of ["{", "[]", "null", "{}", 5]) last().onmessage?.({ data })
  expect(last().of("protocol.error")).toHaveLength(5)
})

test("REQ-BRIDGE-06 an overflowed buffer makes the link say hello anew", async () => {
  const { link, buffer, sockets, connect } = setUp()
  link.start()
  await connect()
  vi.spyOn(buffer, "overflowed", "get").mockReturnValueOnce(true)
  link.nudge(false)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(sockets).toHaveLength(2)
})

test("REQ-OPS-05 stopping says farewell and does not come back", async () => {
  const { link, sockets, last, connect } = setUp()
  link.start()
  await connect()
  link.stop()
  expect(last().closed).toBe(CLOSE.GoingAway)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(sockets).toHaveLength(1)
})

test("REQ-PLUGIN-06 the token is in no log line", async () => {
  const { link, lines, last, connect } = setUp()
  link.start()
  await connect()
  last().ends(1006)
  expect(lines.length).toBeGreaterThan(0)
  expect(lines.join("\n")).not.toContain("secret-token")
})
