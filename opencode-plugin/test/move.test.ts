import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { Holds } from "../src/holds.ts"
import { move } from "../src/move.ts"
import { OpenCode } from "../src/opencode.ts"
import type { Event } from "../src/protocol.gen.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const OLD = mkdtempSync(join(tmpdir(), "old-"))
const NEW = mkdtempSync(join(tmpdir(), "new-"))
const COMMAND = { type: "session.move", session_id: "ses_1", directory: NEW, move_changes: false, stop: true } as const

/** A session with a sub-agent. `busyLooks`: how often OpenCode still says that it works once it was told to stop. */
function setUp(busyLooks: number) {
  const calls: string[] = []
  const told: Event[] = []
  let directory = OLD
  let looks = busyLooks
  const children: Record<string, string[]> = { ses_1: ["ses_2"], ses_2: ["ses_3"], ses_3: [] }
  const answer = (method: string, path: string): unknown => {
    const child = /^\/session\/(\w+)\/children$/.exec(path)
    if (child) return children[child[1]!]!.map((id) => ({ id, directory }))
    if (path === "/session/status") return looks-- > 0 ? { ses_1: { type: "busy" } } : {}
    if (path.endsWith("/move-session")) directory = NEW
    if (method === "POST") return true
    return { id: "ses_1", directory, title: "t", time: { created: 1, updated: 1 } }
  }
  const fetch = async (request: Request) => {
    const path = new URL(request.url).pathname
    calls.push(`${request.method} ${path}`)
    return new Response(JSON.stringify(answer(request.method, path)))
  }
  const client = { _client: { getConfig: () => ({ baseUrl: "http://opencode.test", fetch: fetch as never }) } }
  const opencode = new OpenCode({ client, serverUrl: new URL("http://opencode.test") })
  const holds = new Holds((_, event) => told.push(event), 310_000)
  holds.setDefault("writes")
  const hold = (session: string, file: string) =>
    holds.check({ tool: "write", session, call: `call_${file}`, directory: OLD, args: { filePath: file } })
  return { opencode, holds, calls, told, hold }
}

const MOVED = "POST /experimental/control-plane/move-session"

test("REQ-START-10 what a session holds is refused before it moves, its sub-agents' too", async () => {
  const { opencode, holds, calls, told, hold } = setUp(3)
  const held = [hold("ses_1", "a.txt"), hold("ses_3", "b.txt")]
  const refused = held.map((call) => expect(call).rejects.toThrow("did not run"))
  const other = hold("ses_9", "c.txt")
  const moving = move(opencode, holds, COMMAND)
  await vi.advanceTimersByTimeAsync(2_000)
  await Promise.all(refused)
  expect(await moving).toMatchObject({ kind: "session", session: { directory: NEW } })
  expect(calls.filter((call) => call.startsWith("POST"))).toEqual(["POST /session/ses_1/abort", MOVED])
  expect(calls.lastIndexOf("GET /session/status"), "it moves once nothing of it runs").toBeLessThan(calls.indexOf(MOVED))
  expect(told.filter((event) => event.type === "tool.unheld")).toMatchObject([{ ran: false }, { ran: false }])
  expect(holds.list(), "another session's call goes on waiting").toMatchObject([{ session_id: "ses_9" }])
  holds.abortSession("ses_9")
  await expect(other).rejects.toThrow()
})

test("REQ-START-10 a call that comes while the turn is being stopped is refused as well", async () => {
  const { opencode, holds, hold } = setUp(10)
  const moving = move(opencode, holds, COMMAND)
  await vi.advanceTimersByTimeAsync(100)
  const late = hold("ses_2", "late.txt")
  const refused = expect(late).rejects.toThrow("did not run")
  await vi.advanceTimersByTimeAsync(2_000)
  await refused
  await moving
})

test("REQ-START-10 a turn that does not end is not moved", async () => {
  const { opencode, holds, calls } = setUp(Infinity)
  const moving = expect(move(opencode, holds, COMMAND)).rejects.toMatchObject({ code: "busy" })
  await vi.advanceTimersByTimeAsync(21_000)
  await moving
  expect(calls).not.toContain(MOVED)
})

test("REQ-START-10 a session that is there already is neither stopped nor moved", async () => {
  const { opencode, holds, calls } = setUp(Infinity)
  expect(await move(opencode, holds, { ...COMMAND, directory: OLD })).toMatchObject({ session: { directory: OLD } })
  expect(calls).toEqual(["GET /session/ses_1"])
})
