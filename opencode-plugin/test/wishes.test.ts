import { expect, test } from "vitest"
import type { Event } from "../src/protocol.gen.ts"
import { checksTool } from "../src/tools.ts"
import { Wishes } from "../src/wishes.ts"

function setUp(patienceMs?: number) {
  const told: { session: string; event: Extract<Event, { type: "agent.checks_wanted" }> }[] = []
  const wishes = new Wishes((session, event) => {
    if (event.type === "agent.checks_wanted") told.push({ session, event })
  }, patienceMs)
  return { told, wishes }
}

test("REQ-CHECK-01 the agent waits for what came of the checks, each wish for its own", async () => {
  const { told, wishes } = setUp()
  const [one, other] = [wishes.want("ses_1", ["unit"]), wishes.want("ses_1", [])]
  expect(told.map(({ session, event }) => [session, event.names])).toEqual([["ses_1", ["unit"]], ["ses_1", []]])
  const [first, second] = told.map(({ event }) => event.wish_id) as [string, string]
  expect(first).not.toBe(second)
  expect(wishes.heard({ session_id: "ses_1", wish_id: second, summary: "✅ all" })).toEqual({ kind: "done" })
  expect(await other).toBe("✅ all")
  wishes.heard({ session_id: "ses_1", wish_id: first, summary: "❌ one" })
  expect(await one).toBe("❌ one")
})

test("REQ-CHECK-01 what nobody waits for is not heard, nor what another session is told", async () => {
  const { told, wishes } = setUp()
  const wanted = wishes.want("ses_1", [])
  const wish_id = told[0]!.event.wish_id
  const hear = (session_id: string, id: string) => () => wishes.heard({ session_id, wish_id: id, summary: "passed" })
  expect(hear("ses_2", wish_id)).toThrow("no longer expects")
  expect(hear("ses_1", "wish_other")).toThrow("no longer expects")
  hear("ses_1", wish_id)()
  expect(await wanted).toBe("passed")
  expect(hear("ses_1", wish_id)).toThrow("no longer expects")
})

test("REQ-CHECK-05 a session that is stopped waits no longer, and silence ends too", async () => {
  const stop = new AbortController()
  const { told, wishes } = setUp(20)
  const wanted = wishes.want("ses_1", [], stop.signal)
  stop.abort()
  expect(await wanted).toContain("The session was stopped")
  expect(await wishes.want("ses_1", [], stop.signal)).toContain("The session was stopped")
  expect(told).toHaveLength(1)
  expect(await wishes.want("ses_1", [])).toContain("Nothing was heard of the checks")
})

test("REQ-CHECK-05 whatever a model makes up, only names leave, few and short", async () => {
  const wanted: string[][] = []
  const tool = checksTool(async (_session, names) => {
    wanted.push(names)
    return "done"
  })
  const context = { sessionID: "ses_1", messageID: "msg_1", agent: "build", directory: "/work" }
  const run = (names: unknown) => tool.execute({ names, command: "rm -rf /" }, context)
  expect(await run(["unit", 7, { command: "rm" }])).toBe("done")
  await run("rm -rf /")
  await run(Array.from({ length: 40 }, () => "n".repeat(4_000)))
  expect(wanted[0]).toEqual(["unit"])
  expect(wanted[1]).toEqual([])
  expect([wanted[2]!.length, wanted[2]![0]!.length <= 128]).toEqual([10, true])
})
