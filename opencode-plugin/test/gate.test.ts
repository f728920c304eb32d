import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { type HoldCall, Holds } from "../src/holds.ts"
import type { Event, HeldTool } from "../src/protocol.gen.ts"
import { LIMITS } from "../src/protocol.gen.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const PATIENCE_MS = 310_000

/** Of sub-agents. */
const PARENTS: Record<string, string[]> = { ses_3: ["ses_0", "ses_1"], ses_4: ["ses_9"] }

type State = { on: boolean; wanted: boolean; online: boolean; describing?: Promise<void>; told?: Promise<string> | string; deniedBy?: string }

function setUp(change: Partial<State> = {}) {
  const state: State = { on: true, wanted: true, online: true, ...change }
  const events: Event[] = []
  const holds = new Holds((_, event) => void events.push(event), PATIENCE_MS, {
    on: state.on,
    describe: async ({ session }) => {
      const parents = PARENTS[session]
      await state.describing
      return { ...(parents ? { parents } : {}), ...(state.deniedBy ? { denied_by: state.deniedBy } : {}) }
    },
    message: async () => state.told,
    isWanted: async () => state.wanted,
    isOnline: () => state.online,
  })
  return { holds, events, state }
}

const call = (args: unknown, more: Partial<HoldCall> = {}): HoldCall => ({ tool: "bash", session: "ses_1", call: "call_1", directory: "/w", args, ...more })

/** Held: its description takes a moment. */
async function held(holds: Holds, count = 1): Promise<HeldTool[]> {
  await vi.waitFor(() => expect(holds.list()).toHaveLength(count))
  return holds.list()
}

test("REQ-GATE-01 every call waits from the first moment, whatever a gateway or a session's mode says", async () => {
  const { holds, events } = setUp()
  holds.setDefault("none")
  holds.setMode("ses_1", "none")
  for (const tool of ["read", "bash", "todowrite", "github_create_issue", "milestone"]) {
    const running = holds.check(call({ filePath: "a" }, { tool }))
    const [one] = await held(holds)
    expect(one).toMatchObject({ tool, judge: true, args: { filePath: "a" }, session_id: "ses_1", directory: "/w", call_id: "call_1" })
    expect(holds.release(one!.hold_id, { let: "through" })).toBe(true)
    await expect(running).resolves.toBeUndefined()
  }
  expect(events.filter(({ type }) => type === "tool.unheld")).toHaveLength(5)
})

test("REQ-GATE-06 a shell gets the command as the gateway read it, and nothing can be put in its place", async () => {
  const { holds } = setUp()
  const args = { command: "git  pu''sh", description: "Pushes" }
  const running = holds.check(call(args))
  const [one] = await held(holds)
  holds.release(one!.hold_id, { let: "through", runs: "git push" })
  await running
  expect(args).toEqual({ command: "git push", description: "Pushes" })
  expect(Object.isFrozen(args)).toBe(true)
  const other = { filePath: "a" }
  const reads = holds.check(call(other, { tool: "read", call: "call_2" }))
  const [two] = await held(holds)
  holds.release(two!.hold_id, { let: "through", runs: "git push" })
  await reads
  expect(other, "no command, nothing to put in its place").toEqual({ filePath: "a" })
})

test("REQ-GATE-01 a gateway turns it on too", async () => {
  const { holds } = setUp({ on: false })
  await holds.check(call({ command: "ls" }))
  holds.setDefault("all")
  void holds.check(call({ command: "ls" })).catch(() => {})
  await held(holds)
})

test("REQ-GATE-01 only that call fails whose verdict is a denial, with the gateway's sentence", async () => {
  const { holds } = setUp()
  const [first, second] = ["one", "two"].map((command) => holds.check(call({ command }, { call: command })))
  const [one, two] = await held(holds, 2)
  holds.release(two!.hold_id, { let: "refuse", message: "Not that." })
  await expect(second).rejects.toThrow("Not that.")
  expect(holds.list()).toHaveLength(1)
  holds.release(one!.hold_id, { let: "through" })
  await expect(first).resolves.toBeUndefined()
})

test("REQ-GATE-01 the first verdict counts; one that is late, twice or for a call that is gone is said to be so", async () => {
  const { holds } = setUp()
  const args = { command: "ls" }
  const running = holds.check(call(args))
  const [one] = await held(holds)
  expect(holds.release(one!.hold_id, { let: "refuse", message: "No." })).toBe(true)
  expect(holds.release(one!.hold_id, { let: "through" })).toBe(false)
  await expect(running).rejects.toThrow("No.")
  expect(holds.release(one!.hold_id, { let: "through" })).toBe(false)
  expect(holds.release("hold_of_nobody", { let: "through" })).toBe(false)
})

test("REQ-GATE-01 what was let through cannot be changed any more, at any depth", async () => {
  const { holds } = setUp()
  const args = { command: "ls", env: { A: ["1"] } }
  const running = holds.check(call(args))
  const [one] = await held(holds)
  holds.release(one!.hold_id, { let: "through" })
  await running
  expect(() => (args.command = "rm x")).toThrow(TypeError)
  expect(() => args.env.A.push("2")).toThrow(TypeError)
  expect(() => Object.assign(args, { workdir: "/" })).toThrow(TypeError)
})

test("REQ-GATE-06 what was changed while it waited does not run", async () => {
  const { holds } = setUp()
  const args = { command: "ls" }
  const running = holds.check(call(args))
  const [one] = await held(holds)
  args.command = "rm x"
  holds.release(one!.hold_id, { let: "through" })
  await expect(running).rejects.toThrow("changed while it waited")
})

test("REQ-GATE-06 arguments that nobody could see are refused with a sentence", async () => {
  const { holds, events } = setUp()
  let deep: unknown = 1
  for (let n = 0; n < 100_000; n += 1) deep = [deep]
  const circle: Record<string, unknown> = {}
  circle["self"] = circle
  const hidden = Object.defineProperty({}, "command", { value: "rm x" })
  const turning = { get command() { return String(Math.random()) } }
  for (const args of [undefined, null, "ls", 7, ["ls"], { deep }, circle, { a: "\ud800" }, { "\udc00": 1 }, hidden, turning, Object.create({ command: "rm" }), { at: new Date() }]) {
    await expect(holds.check(call(args))).rejects.toThrow("it did not run")
  }
  await expect(holds.check(call({ content: "x".repeat(5 << 20) }))).rejects.toThrow("nobody can look at more than 512 KiB")
  expect(events).toHaveLength(0)
  void holds.check(call({ code: "const half = \"\\ud83d\"", "__proto__x": null, n: 1e300 })).catch(() => {})
  await held(holds)
})

test("REQ-GATE-03 with the gateway away a call stays held, and is refused with a sentence at the end", async () => {
  const { holds } = setUp({ online: false })
  const running = holds.check(call({ command: "ls" }))
  const refused = expect(running).rejects.toThrow("The gateway that decides was not reachable for 310 s, so this call did not run.")
  await vi.advanceTimersByTimeAsync(PATIENCE_MS - 1)
  expect(holds.list()).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  await refused
})

test("REQ-GATE-01 a stopped session lets nothing run, nor does any of its sub-agents", async () => {
  const { holds } = setUp()
  const own = holds.check(call({ command: "one" }))
  await held(holds)
  const below = holds.check(call({ command: "two" }, { session: "ses_3" }))
  const other = holds.check(call({ command: "three" }, { session: "ses_4" }))
  await held(holds, 3)
  holds.abortSession("ses_1")
  await expect(own).rejects.toThrow("did not run")
  await expect(below).rejects.toThrow("did not run")
  const [left] = await held(holds)
  holds.release(left!.hold_id, { let: "through" })
  await expect(other).resolves.toBeUndefined()
})

test("REQ-GATE-01 stopped in the moment between the verdict and the call, it does not run", async () => {
  const { holds, events } = setUp()
  const running = holds.check(call({ command: "ls" }))
  const [one] = await held(holds)
  holds.release(one!.hold_id, { let: "through" })
  holds.abortSession("ses_1")
  await expect(running).rejects.toThrow("did not run")
  expect(events.at(-1)).toMatchObject({ type: "tool.unheld", ran: false })
})

test("REQ-GATE-01 stopped while it is looked at, it is never held", async () => {
  let described = () => {}
  const { holds, events } = setUp({ describing: new Promise((resolve) => (described = () => resolve())) })
  const running = holds.check(call({ command: "ls" }))
  holds.abortSession("ses_1")
  described()
  await expect(running).rejects.toThrow("did not run")
  expect(events).toHaveLength(0)
})

test("REQ-GATE-01 a turn that is over, as OpenCode says after a long wait, lets nothing run", async () => {
  const { holds, state } = setUp({ wanted: false })
  const running = holds.check(call({ command: "ls" }))
  const [one] = await held(holds)
  await vi.advanceTimersByTimeAsync(60_000)
  holds.release(one!.hold_id, { let: "through" })
  await expect(running).rejects.toThrow("did not run")
  state.wanted = true
})

test("REQ-GATE-01 a directory that OpenCode gives up takes its calls with it", async () => {
  const { holds } = setUp()
  const running = holds.check(call({ command: "ls" }))
  await held(holds)
  holds.abortDirectory("/w")
  await expect(running).rejects.toThrow("did not run")
})

test("REQ-GATE-01 two hundred calls at once are held; beyond the bound one is refused with a sentence", async () => {
  const { holds } = setUp()
  const running = Array.from({ length: 256 }, (_, n) => holds.check(call({ command: `echo ${n}` }, { call: `call_${n}` })))
  const all = await held(holds, 256)
  expect(new Set(all.map(({ hold_id }) => hold_id)).size).toBe(256)
  await expect(holds.check(call({ command: "one more" }))).rejects.toThrow("Too many calls")
  for (const { hold_id } of all) holds.release(hold_id, { let: "through" })
  await Promise.all(running)
  expect(holds.list()).toHaveLength(0)
})

test("REQ-GATE-01 ids are ours: a call's own may be anything and come again", async () => {
  const { holds } = setUp()
  const odd = "call\n\u202e" + "x".repeat(5_000)
  const running = [odd, "call_1", "call_1"].map((id) => holds.check(call({ command: "ls" }, { call: id })))
  const all = await held(holds, 3)
  expect(new Set(all.map(({ hold_id }) => hold_id)).size).toBe(3)
  expect(all[0]).toMatchObject({ call_id: "" })
  all.forEach(({ hold_id }) => holds.release(hold_id, { let: "through" }))
  await Promise.all(running)
})

test("REQ-GATE-02 it is known which calls were let through, also while that is open", async () => {
  const { holds } = setUp()
  const running = holds.check(call({ command: "ls" }))
  const [one] = await held(holds)
  const asked = holds.letThrough("ses_1", "call_1")
  holds.release(one!.hold_id, { let: "through" })
  await running
  expect(await asked).toBe(true)
  expect(await holds.letThrough("ses_1", "call_1")).toBe(true)
  expect(await holds.letThrough("ses_1", "call_2")).toBe(false)
  expect(await holds.letThrough("ses_2", "call_1")).toBe(false)
  const denied = holds.check(call({ command: "ls" }, { call: "call_3" }))
  const [other] = await held(holds)
  const open = holds.letThrough("ses_1", "call_3")
  holds.release(other!.hold_id, { let: "refuse", message: "No." })
  await expect(denied).rejects.toThrow("No.")
  expect(await open).toBe(false)
  expect(LIMITS.MAX_HELD_ARGS_BYTES).toBe(512 << 10)
})

/** A gateway that judges early, and OpenCode that tells of the call when it is said. */
function early(change: Partial<State> = {}) {
  let tell = (_message: string) => {}
  const stage = setUp({ told: new Promise<string>((resolve) => (tell = resolve)), ...change })
  stage.holds.judgedEarly(true)
  return { ...stage, tell }
}

const heldEvents = (events: Event[]) => events.flatMap((event) => (event.type === "tool.held" ? [event.held] : []))

test("REQ-GATE-01 rules judge a call before OpenCode has told of it; a person is asked when it has", async () => {
  const { holds, events, tell } = early()
  const byRule = holds.check(call({ command: "ls" }))
  const [one] = await held(holds)
  expect(one).toMatchObject({ early: true, judge: true })
  expect(one).not.toHaveProperty("message_id")
  holds.release(one!.hold_id, { let: "through" })
  await byRule
  const byPerson = holds.check(call({ command: "rm x" }, { call: "call_2" }))
  const [two] = await held(holds)
  tell("msg_1")
  await vi.waitFor(() => expect(holds.list()[0]).toMatchObject({ hold_id: two!.hold_id, message_id: "msg_1" }))
  expect(holds.list()[0]).not.toHaveProperty("early")
  expect(heldEvents(events).map(({ hold_id }) => hold_id), "told of again only where nobody had decided").toEqual([one!.hold_id, two!.hold_id, two!.hold_id])
  holds.release(two!.hold_id, { let: "refuse", message: "No." })
  await expect(byPerson).rejects.toThrow("No.")
})

test("REQ-GATE-01 an older gateway, and one that asks people about all, is told once", async () => {
  const { holds, events, tell } = early()
  holds.judgedEarly(false)
  const running = holds.check(call({ command: "ls" }))
  await vi.advanceTimersByTimeAsync(100)
  expect(events).toEqual([])
  tell("msg_1")
  const [one] = await held(holds)
  expect(one).toMatchObject({ message_id: "msg_1" })
  holds.release(one!.hold_id, { let: "through" })
  await running
})

test("D1 REQ-GATE-04 whose agents above may deny it, and what the last turn's agent denied, is looked at once OpenCode has told", async () => {
  for (const [change, session] of [[{}, "ses_3"], [{ deniedBy: "plan" }, "ses_1"]] as const) {
    const { holds, events, state, tell } = early(change)
    const running = holds.check(call({ command: "ls" }, { session }))
    await vi.advanceTimersByTimeAsync(100)
    expect(events).toEqual([])
    delete state.deniedBy
    tell("msg_1")
    const [one] = await held(holds)
    expect(one).toMatchObject({ message_id: "msg_1" })
    expect(one).not.toHaveProperty("denied_by")
    expect(one).not.toHaveProperty("early")
    holds.release(one!.hold_id, { let: "through" })
    await running
  }
})

test("REQ-GATE-03 a turn that is stopped before OpenCode told of the call is told of no more", async () => {
  const { holds, events, tell } = early()
  const running = holds.check(call({ command: "ls" }))
  await held(holds)
  holds.abortSession("ses_1")
  await expect(running).rejects.toThrow("did not run")
  tell("msg_1")
  await vi.advanceTimersByTimeAsync(100)
  expect(events.map(({ type }) => type)).toEqual(["tool.held", "tool.unheld"])
})
