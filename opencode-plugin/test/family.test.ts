import { expect, test } from "vitest"
import { Families, isDenied } from "../src/family.ts"
import { OpenCode } from "../src/opencode.ts"

type Rule = { permission: string; pattern: string; action: string }
const rule = (permission: string, pattern: string, action: string): Rule => ({ permission, pattern, action })

const ALL = rule("*", "*", "allow")
const PLAN = [ALL, rule("edit", "*", "deny"), rule("edit", ".opencode/plans/*.md", "allow")]
const TEXTS = [ALL, rule("edit", "*", "deny"), rule("edit", "*.md", "allow"), rule("bash", "*", "allow")]
const LOOKS = [rule("*", "*", "deny"), rule("read", "*", "allow"), rule("task", "*", "allow")]

function setUp({ sessions = {} as Record<string, object>, agents = {} as Record<string, Rule[]>, fail = false, toldLateMs = 20 } = {}) {
  const calls: string[] = []
  const fetch = async (request: Request) => {
    const { pathname } = new URL(request.url)
    calls.push(pathname)
    if (fail) return new Response("{}", { status: 500 })
    if (pathname === "/agent") return new Response(JSON.stringify(Object.entries(agents).map(([name, permission]) => ({ name, permission }))))
    const found = sessions[pathname.split("/")[2]!]
    return found ? new Response(JSON.stringify(found)) : new Response("{}", { status: 404 })
  }
  const client = { _client: { getConfig: () => ({ baseUrl: "http://opencode.test", fetch: fetch as never }) } }
  const opencode = new OpenCode({ client, serverUrl: new URL("http://opencode.test") })
  return { families: new Families(() => opencode, toldLateMs), calls }
}

const write = (session: string, file = "src/a.ts") => ({ tool: "write", session, directory: "/w", args: { filePath: file, content: "" }, file })

test("REQ-GATE-04 a sub-agent's call is told with all sessions above it, and with the agent there that may not do it", async () => {
  const sessions = { ses_1: { id: "ses_1", agent: "plan" }, ses_2: { id: "ses_2", parentID: "ses_1", agent: "general" }, ses_3: { id: "ses_3", parentID: "ses_2", agent: "general" } }
  const { families, calls } = setUp({ sessions, agents: { plan: PLAN, general: [ALL] } })
  expect(await families.of(write("ses_3"))).toEqual({ parents: ["ses_2", "ses_1"], deniedBy: "plan" })
  expect(await families.of({ ...write("ses_3"), tool: "read" })).toEqual({ parents: ["ses_2", "ses_1"] })
  const before = calls.length
  families.note({ type: "message.updated", properties: { info: { role: "assistant", sessionID: "ses_1", agent: "build" } } })
  expect(await families.of(write("ses_3"))).toEqual({ parents: ["ses_2", "ses_1"] })
  expect(calls.slice(before).filter((path) => path === "/agent")).toHaveLength(0)
})

test("REQ-GATE-04 what OpenCode tells by itself is not asked for", async () => {
  const { families, calls } = setUp({ agents: { build: [ALL] } })
  for (const [id, parentID] of [["ses_1", undefined], ["ses_2", "ses_1"]] as const) {
    families.note({ type: "session.created", properties: { info: { id, parentID } } })
    families.note({ type: "message.updated", properties: { info: { role: "assistant", sessionID: id, agent: "build" } } })
  }
  families.note({ type: "message.part.updated", properties: { part: { type: "tool", callID: "call_1", messageID: "msg_7", sessionID: "ses_2" } } })
  expect(await families.of(write("ses_2"))).toEqual({ parents: ["ses_1"] })
  expect(calls).toEqual(["/agent"])
  expect(await families.message("ses_2", "call_1")).toBe("msg_7")
  expect(await families.message("ses_1", "call_1")).toBeUndefined()
})

const toldOf = (call: string, message: string, status = "running") => ({
  type: "message.part.updated",
  properties: { part: { type: "tool", callID: call, messageID: message, sessionID: "ses_1", state: { status } } },
})

test("REQ-THREAD-05 a call is told of once OpenCode has told of it, and with it of the words before it", async () => {
  const { families } = setUp({ toldLateMs: 60_000 })
  const [one, again] = [families.message("ses_1", "call_1"), families.message("ses_1", "call_1")]
  families.note(toldOf("call_2", "msg_0"))
  families.note(toldOf("call_1", "msg_1", "pending"))
  expect(await Promise.all([one, again])).toEqual(["msg_1", "msg_1"])
  // Ids of calls repeat: one that is over says nothing of the next.
  families.note(toldOf("call_1", "msg_1", "completed"))
  const next = families.message("ses_1", "call_1")
  families.note(toldOf("call_1", "msg_2"))
  expect(await next).toBe("msg_2")
})

test("REQ-THREAD-05 a call that OpenCode never tells of is told without its message", async () => {
  expect(await setUp().families.message("ses_1", "call_1")).toBeUndefined()
})

test("REQ-GATE-04 a call that belongs to nobody knows whom is refused with a sentence", async () => {
  await expect(setUp({ fail: true }).families.of(write("ses_1"))).rejects.toThrow("OpenCode did not tell whose call this is")
  const ring = { ses_1: { id: "ses_1", parentID: "ses_2" }, ses_2: { id: "ses_2", parentID: "ses_1" } }
  await expect(setUp({ sessions: ring }).families.of(write("ses_1"))).rejects.toThrow("have no end")
})

test("REQ-GATE-04 rules are read as OpenCode reads them: the last that fits counts", () => {
  const denied = (rules: Rule[], call: object, above = true) => isDenied(rules, { tool: "write", session: "s", directory: "/w", args: {}, ...call }, above)
  expect(denied(PLAN, { file: "src/a.ts" })).toBe(true)
  expect(denied(PLAN, { file: "/w/.opencode/plans/a.md" })).toBe(false)
  expect(denied(TEXTS, { file: "docs/a.md" })).toBe(false)
  expect(denied(TEXTS, { file: "docs/../src/a.ts" })).toBe(true)
  const patch = (...files: string[]) => ({ tool: "apply_patch", args: { patchText: files.map((file) => `*** Update File: ${file}\n`).join("") } })
  expect(denied(TEXTS, patch("a.md"))).toBe(false)
  expect(denied(TEXTS, patch("a.md", "a.ts"))).toBe(true)
  expect(denied([ALL, rule("bash", "*", "deny")], { tool: "bash", args: { command: "ls" } })).toBe(true)
  expect(denied([ALL, rule("bash", "*", "deny"), rule("bash", "git status*", "allow")], { tool: "bash", args: { command: "ls" } })).toBe(false)
  expect(denied([ALL, rule("webfetch", "*", "deny")], { tool: "webfetch", args: { url: "https://x.test" } })).toBe(true)
})

test("REQ-GATE-04 one that only hands out work lets others look, and not write", () => {
  const call = (tool: string) => ({ tool, session: "s", directory: "/w", args: { filePath: "a" }, file: "a" })
  expect(isDenied(LOOKS, call("grep"), true)).toBe(false)
  expect(isDenied(LOOKS, call("grep"), false)).toBe(true)
  expect(isDenied(LOOKS, call("write"), true)).toBe(true)
  expect(isDenied(LOOKS, { ...call("bash"), file: undefined }, true)).toBe(true)
  expect(isDenied(undefined, call("write"), true)).toBe(false)
  expect(isDenied(LOOKS, { ...call("invalid"), file: undefined }, false)).toBe(false)
})
