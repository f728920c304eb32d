import { expect, test } from "vitest"
import { SeenOnce } from "../src/bounded.ts"
import type { Holds } from "../src/holds.ts"
import { OpenCode } from "../src/opencode.ts"
import { OwnAsks } from "../src/own-asks.ts"
import type { Event, PermissionAsk } from "../src/protocol.gen.ts"

function setUp({ isGate = true, through = true, statuses = [200] as number[], busy = true } = {}) {
  const replies: { path: string; body: unknown }[] = []
  const told: Event[] = []
  const answered = new SeenOnce(10)
  const fetch = async (request: Request) => {
    const { pathname } = new URL(request.url)
    if (pathname === "/session/status") return new Response(JSON.stringify(busy ? { ses_1: { type: "busy" } } : {}))
    replies.push({ path: pathname, body: await request.json() })
    return new Response("true", { status: statuses.shift() ?? 200 })
  }
  const client = { _client: { getConfig: () => ({ baseUrl: "http://opencode.test", fetch: fetch as never }) } }
  const opencode = new OpenCode({ client, serverUrl: new URL("http://opencode.test") })
  const asks = new OwnAsks({
    opencode: () => opencode,
    holds: { isGate, letThrough: async () => through } as unknown as Holds,
    answered,
    tell: (_, event) => void told.push(event),
    log: { info: () => {}, warn: () => {} },
    sleep: async () => {},
  })
  return { asks, replies, told, answered }
}

const ask: PermissionAsk = {
  id: "per_1", session_id: "ses_1", directory: "/w", permission: "bash", patterns: ["make"], always: [], metadata: {}, tool: { message_id: "msg_1", call_id: "call_1" },
}
const asked: Event = { type: "permission.asked", ask }
const settled = () => new Promise((resolve) => setTimeout(resolve, 20))

test("REQ-GATE-02 what the gate let through is answered at once, and nobody hears of it", async () => {
  const { asks, replies, told, answered } = setUp()
  expect(asks.take("ses_1", asked)).toBe(true)
  await settled()
  expect(replies).toEqual([{ path: "/permission/per_1/reply", body: { reply: "once" } }])
  expect(asks.take("ses_1", asked)).toBe(true)
  await settled()
  expect(replies).toHaveLength(1)
  expect(answered.has("per_1") && asks.has("per_1")).toBe(true)
  expect(asks.take("ses_1", { type: "permission.resolved", permission_id: "per_1", reply: "once", by_gateway: true })).toBe(true)
  expect(told).toHaveLength(0)
})

test("REQ-GATE-02 an ask that the gate let nothing through for is rejected with a sentence, and told", async () => {
  for (const { through, tool } of [{ through: false, tool: ask.tool }, { through: true, tool: undefined }]) {
    const { asks, replies, told } = setUp({ through })
    asks.take("ses_1", { type: "permission.asked", ask: { ...ask, tool: tool ?? null } })
    await settled()
    expect(replies[0]!.body).toMatchObject({ reply: "reject", message: expect.stringContaining("did not pass the gateway") })
    expect(told).toMatchObject([{ type: "gate.alarmed", alarm: "foreign_ask", detail: "bash: make" }])
  }
})

test("REQ-GATE-02 an answer that is not ours is an alarm", async () => {
  const { asks, told } = setUp()
  const resolved: Event = { type: "permission.resolved", permission_id: "per_9", reply: "always", by_gateway: false }
  expect(asks.take("ses_1", resolved)).toBe(false)
  expect(told).toMatchObject([{ type: "gate.alarmed", alarm: "foreign_reply", detail: "per_9 was answered with always" }])
  const faster = setUp({ statuses: [404] })
  faster.asks.take("ses_1", asked)
  await settled()
  expect(faster.told).toMatchObject([{ type: "gate.alarmed", alarm: "foreign_reply" }])
  const stopped = setUp({ statuses: [404], busy: false })
  stopped.asks.take("ses_1", asked)
  await settled()
  expect(stopped.told).toHaveLength(0)
})

test("REQ-GATE-02 an answer that OpenCode did not take is given again", async () => {
  const { asks, replies } = setUp({ statuses: [500, 500, 200] })
  asks.take("ses_1", asked)
  await settled()
  expect(replies).toHaveLength(3)
})

test("without the gate everything is as it was", () => {
  const { asks, told } = setUp({ isGate: false })
  expect(asks.take("ses_1", asked)).toBe(false)
  expect(asks.take("ses_1", { type: "permission.resolved", permission_id: "per_1", reply: "once", by_gateway: false })).toBe(false)
  expect(asks.take("ses_1", { type: "session.idle" })).toBe(false)
  expect(told).toHaveLength(0)
})
