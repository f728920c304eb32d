import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { Holds } from "../src/holds.ts"
import { type Event, LIMITS } from "../src/protocol.gen.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const write = { tool: "write", session: "ses_1", call: "call_1", directory: "/w", args: { filePath: "a.txt" } }

function setUp() {
  const told: Event[] = []
  const holds = new Holds((_, event) => told.push(event), 310_000)
  holds.setMode("ses_1", "writes")
  return { holds, told }
}

test("REQ-PLUGIN-05 a write waits until it is let through", async () => {
  const { holds, told } = setUp()
  const running = holds.check(write)
  const [held] = holds.list()
  expect(held).toMatchObject({ tool: "write", file: "a.txt", session_id: "ses_1" })
  expect(holds.release(held!.hold_id, { let: "through" })).toBe(true)
  await expect(running).resolves.toBeUndefined()
  expect(told.map(({ type }) => type)).toEqual(["tool.held", "tool.unheld"])
  expect(holds.release(held!.hold_id, { let: "through" })).toBe(false)
})

test("REQ-PLUGIN-05 a refusal reaches the agent in its words", async () => {
  const { holds } = setUp()
  const running = holds.check(write)
  holds.release(holds.list()[0]!.hold_id, { let: "refuse", message: "Not here." })
  await expect(running).rejects.toThrow("Not here.")
})

test("REQ-PLUGIN-05 an aborted session's call does not run", async () => {
  const { holds, told } = setUp()
  const running = holds.check(write)
  holds.abortSession("ses_1")
  await expect(running).rejects.toThrow("did not run")
  expect(told.at(-1)).toMatchObject({ type: "tool.unheld", ran: false })
})

test("REQ-ASK-05 nobody decides: the call is refused with an honest sentence", async () => {
  const { holds } = setUp()
  const running = holds.check(write)
  const refused = expect(running).rejects.toThrow("Nobody decided within 310 s")
  await vi.advanceTimersByTimeAsync(310_000)
  await refused
})

test("REQ-ASK-05 F5 the wait is longer than what the gateway promises on its card, whatever is set here", async () => {
  const { holds } = setUp()
  holds.decidedWithin(3_600_000)
  const running = holds.check(write)
  await vi.advanceTimersByTimeAsync(3_600_000 + LIMITS.HOLD_MARGIN_MS - 1)
  expect(holds.list()).toHaveLength(1)
  const refused = expect(running).rejects.toThrow("Nobody decided within 3610 s")
  await vi.advanceTimersByTimeAsync(1)
  await refused
})

test("REQ-ASK-05 F5 a gateway that comes back begins its clock anew, and so does the wait", async () => {
  const { holds } = setUp()
  const running = holds.check(write)
  await vi.advanceTimersByTimeAsync(300_000)
  holds.decidedWithin(300_000)
  await vi.advanceTimersByTimeAsync(305_000)
  const [held] = holds.list()
  expect(holds.release(held!.hold_id, { let: "through" })).toBe(true)
  await expect(running).resolves.toBeUndefined()
})

test("REQ-PLUGIN-05 sessions that are not held are not touched, unless that is the default", async () => {
  const { holds, told } = setUp()
  await holds.check({ ...write, session: "ses_2" })
  expect(told).toHaveLength(0)
  holds.setDefault("writes")
  void holds.check({ ...write, session: "ses_2" })
  expect(holds.list()).toHaveLength(1)
})

test("REQ-PLUGIN-05 calls that only read are never held", async () => {
  const { holds } = setUp()
  await holds.check({ ...write, tool: "read" })
  await holds.check({ ...write, tool: "bash", args: { command: "git status" } })
  expect(holds.list()).toHaveLength(0)
})
