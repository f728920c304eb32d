import { expect, test } from "vitest"
import { EventBuffer } from "../src/buffer.ts"
import type { EventFrame } from "../src/protocol.gen.ts"
import type { Draft } from "../src/translate.ts"

const SESSION = "ses_12345678"

function idle(session = SESSION): Draft {
  return { session_id: session, at: 1, event: { type: "session.idle" } }
}

function text(part: string, offset: number, content: string): Draft {
  const event = { type: "message.part.streamed", message_id: "m", part_id: part, role: "assistant", kind: "text", offset, content } as const
  return { session_id: SESSION, at: 1, event: { ...event } }
}

function asked(id: string): Draft {
  const ask = { id, session_id: SESSION, directory: "/w", permission: "bash", patterns: [], always: [], metadata: {} }
  return { session_id: SESSION, at: 1, event: { type: "permission.asked", ask } }
}

test("REQ-BRIDGE-06 an event gets its position when it is first sent, without gaps", () => {
  const buffer = new EventBuffer()
  buffer.push(idle())
  buffer.push(idle())
  expect(buffer.position.sent).toBe(0)
  expect(buffer.take().map((event) => event.seq)).toEqual([1, 2])
  buffer.push(idle())
  expect(buffer.take().map((event) => event.seq)).toEqual([3])
})

test("REQ-BRIDGE-06 waiting text of a part is merged, and sent text is not touched", () => {
  const buffer = new EventBuffer()
  buffer.push(text("a", 0, "one "))
  buffer.push(text("b", 0, "other "))
  buffer.push(text("a", 4, "two "))
  const [first, second] = buffer.take() as (EventFrame & { content: string })[]
  expect([first?.content, second?.content]).toEqual(["one two ", "other "])
  buffer.push(text("a", 8, "three"))
  expect(buffer.take()).toMatchObject([{ seq: 3, offset: 8, content: "three" }])
  expect(buffer.from(1)).toMatchObject([{ content: "one two " }, { content: "other " }, { content: "three" }])
})

test("REQ-BRIDGE-06 no more than the window is under way", () => {
  const buffer = new EventBuffer(3)
  for (let n = 0; n < 5; n++) buffer.push(idle())
  expect(buffer.take()).toHaveLength(3)
  expect(buffer.take()).toHaveLength(0)
  buffer.ack(2)
  expect(buffer.take().map((event) => event.seq)).toEqual([4, 5])
})

test("REQ-BRIDGE-06 what is not acknowledged is sent again from any position", () => {
  const buffer = new EventBuffer()
  for (let n = 0; n < 4; n++) buffer.push(idle())
  buffer.take()
  buffer.ack(1)
  expect(buffer.from(3).map((event) => event.seq)).toEqual([3, 4])
  expect(buffer.from(1).map((event) => event.seq)).toEqual([2, 3, 4])
  expect(buffer.position).toEqual({ acked: 1, sent: 4, overflowed: false })
})

test("REQ-BRIDGE-06 when too much waits, asks, answers, completions and errors stay", () => {
  const buffer = new EventBuffer(1024, 20)
  const error = { name: "APIError", message: "no" }
  buffer.push(asked("per_1"))
  buffer.push({ session_id: SESSION, at: 1, event: { type: "session.failed", error, aborted: false } })
  for (let n = 0; n < 200; n++) buffer.push(text(`part-${n}`, 0, "words"))
  buffer.push({ session_id: SESSION, at: 1, event: { type: "permission.resolved", permission_id: "per_1", reply: "once", by_gateway: true } })
  const types = buffer.take().map((event) => event.type)
  expect(types).toContain("permission.asked")
  expect(types).toContain("session.failed")
  expect(types).toContain("permission.resolved")
  expect(types).toContain("session.stale")
  expect(types.length).toBeLessThanOrEqual(21)
  expect(buffer.overflowed).toBe(false)
})

test("REQ-BRIDGE-06 text goes first when its part is complete anyway", () => {
  const buffer = new EventBuffer(1024, 10)
  for (let n = 0; n < 5; n++) {
    buffer.push(text(`part-${n}`, 0, "words"))
    const event = { type: "message.part.completed", message_id: "m", part_id: `part-${n}`, role: "assistant", kind: "text", content: "words" } as const
    buffer.push({ session_id: SESSION, at: 1, event })
  }
  buffer.push(idle())
  const types = buffer.take().map((event) => event.type)
  expect(types.filter((type) => type === "message.part.streamed")).toHaveLength(0)
})

test("REQ-BRIDGE-06 beyond all bounds it asks for a reconciliation instead of losing an ask", () => {
  const buffer = new EventBuffer(1024, 10)
  for (let n = 0; n < 12; n++) buffer.push(asked(`per_${n}`))
  expect(buffer.position.overflowed).toBe(true)
  buffer.reconciled()
  expect(buffer.position.overflowed).toBe(false)
})

/** A small generator whose seed can be repeated. */
function random(seed: number) {
  let state = seed >>> 0 || 1
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

test("REQ-BRIDGE-06 under random cuts each event arrives once and in order, each text complete", () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000)
  console.info(`seed ${seed} (repeat with SEED=${seed})`)
  const pick = random(seed)
  const buffer = new EventBuffer(32)
  const written = new Map<string, string>()
  const received: EventFrame[] = []
  let expected = 1
  const deliver = (events: EventFrame[]) => {
    // The link breaks after some of them.
    const arriving = pick(4) === 0 ? events.slice(0, pick(events.length + 1)) : events
    for (const event of arriving) {
      if (event.seq !== expected) continue
      received.push(event)
      expected += 1
    }
    if (arriving.length === events.length) return
    buffer.ack(expected - 1)
    deliver(buffer.from(expected))
  }
  for (let n = 0; n < 5_000; n++) {
    const part = `part-${pick(5)}`
    const before = written.get(part) ?? ""
    const piece = `${n} `
    written.set(part, before + piece)
    buffer.push(text(part, before.length, piece))
    if (pick(3) === 0) deliver(buffer.take())
    if (pick(5) === 0) buffer.ack(expected - 1)
  }
  while (buffer.hasWaiting) {
    buffer.ack(expected - 1)
    deliver(buffer.take())
  }
  expect(received.map((event) => event.seq)).toEqual(received.map((_, n) => n + 1))
  for (const [part, whole] of written) {
    const pieces = received.filter((event) => event.type === "message.part.streamed" && event.part_id === part)
    expect(pieces.map((event) => (event as { content: string }).content).join("")).toBe(whole)
  }
})
