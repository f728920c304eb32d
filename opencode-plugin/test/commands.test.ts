import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { SeenOnce } from "../src/bounded.ts"
import { Checks } from "../src/checks.ts"
import { Commands } from "../src/commands.ts"
import { Holds } from "../src/holds.ts"
import type { Fields } from "../src/log.ts"
import { OpenCode, type OcMessage, type OcSession } from "../src/opencode.ts"
import type { Command, Request, Span } from "../src/protocol.gen.ts"
import { Stops } from "../src/stops.ts"
import { Causes } from "../src/trace.ts"
import { Wishes } from "../src/wishes.ts"

const DIRECTORY = mkdtempSync(join(tmpdir(), "commands-"))

type Answer = (request: { method: string; path: string; body: any }) => unknown

/** OpenCode, as far as these commands see it. */
function setUp({ stopPatienceMs = 5_000 } = {}) {
  const calls: string[] = []
  const bodies: unknown[] = []
  const sessions = new Map<string, Partial<OcSession>>([["ses_1", { id: "ses_1", directory: DIRECTORY, title: "t" }]])
  const state = { messages: [] as OcMessage[], busy: false, permissions: [] as { id: string }[], replyStatus: 200, odd: "", children: {} as Record<string, unknown[]>, diffs: [] as unknown[] }
  const route: Answer = ({ method, path, body }) => {
    if (path === "/session" && method === "GET") return [...sessions.values()]
    if (path === "/session" && method === "POST") {
      const made = { ...body, id: `ses_${sessions.size + 1}`, directory: DIRECTORY }
      sessions.set(made.id, made)
      return made
    }
    if (path === "/session/status") return state.busy ? { ses_1: { type: "busy" } } : {}
    if (path === "/permission") return state.permissions
    if (path === "/path") return { home: "/home/opencode", directory: DIRECTORY }
    if (path === "/agent") return [{ name: "build", description: "Builds.", mode: "primary" }, { name: "explore", mode: "subagent" }, { name: "title", mode: "primary", hidden: true }]
    if (path === "/config/providers") return { providers: [{ id: "scripted", models: { "scripted-1": { name: "Scripted One" } } }], default: {} }
    if (path.endsWith("/reply")) return state.replyStatus === 200 ? true : undefined
    if (path.endsWith("/prompt_async") || path.endsWith("/abort") || path.endsWith("/move-session")) return null
    if (path.endsWith("/children")) return state.children[path.split("/")[2]!] ?? []
    if (path.endsWith("/diff")) return state.diffs
    const message = /\/message\/([^/]+)$/.exec(path)
    if (message) return state.messages.find(({ info }) => info.id === message[1])
    return sessions.get(/^\/session\/([^/]+)$/.exec(path)?.[1] ?? "")
  }
  /** As OpenCode answers: without a limit, or where nothing follows, one odd message spoils the whole page. */
  const page = (query: URLSearchParams) => {
    const limit = Number(query.get("limit") ?? "0")
    const before = query.get("before")
    const point = before ? (JSON.parse(Buffer.from(before, "base64url").toString()) as { id: string; time: number }) : undefined
    const isOlder = ({ info }: OcMessage) =>
      !point || info.time.created < point.time || (info.time.created === point.time && info.id < point.id)
    const older = state.messages.filter(isOlder)
    const shown = limit ? older.slice(-limit) : older
    const more = shown.length < older.length
    if (!more && shown.some(({ info }) => info.id === state.odd)) {
      return new Response(JSON.stringify({ name: "BadRequest", data: { message: "Expected OutputFormatText" } }), { status: 400 })
    }
    return new Response(JSON.stringify(shown), { headers: more ? { "x-next-cursor": "next" } : {} })
  }
  const fetch = async (request: Request_) => {
    const path = new URL(request.url).pathname
    const query = new URL(request.url).searchParams
    if (path.endsWith("/message") && request.method === "GET") {
      calls.push(`GET ${path}?limit=${query.get("limit")}`)
      return page(query)
    }
    const text = await request.text()
    calls.push(`${request.method} ${path}`)
    if (text) bodies.push(JSON.parse(text))
    const answer = route({ method: request.method, path, body: text ? JSON.parse(text) : undefined })
    if (answer === undefined) return new Response(JSON.stringify({ name: "NotFoundError" }), { status: 404 })
    return new Response(answer === null ? "" : JSON.stringify(answer))
  }
  const client = { _client: { getConfig: () => ({ baseUrl: "http://opencode.test", fetch: fetch as never }) } }
  const opencode = new OpenCode({ client, serverUrl: new URL("http://opencode.test") })
  const stops = new Stops(stopPatienceMs)
  const [causes, spans] = [new Causes(), [] as Span[]]
  const logged: (Fields & { line: string })[] = []
  const commands = new Commands({
    opencode: () => opencode,
    holds: new Holds(() => {}, 1000),
    stops,
    checks: new Checks(async () => ({ program: "", before: [], env: process.env }), { info: () => {}, warn: () => {} }),
    wishes: new Wishes(() => {}),
    answered: new SeenOnce(10),
    running: (part) => (part === "prt_live" ? "being written" : undefined),
    directories: () => [DIRECTORY],
    causes,
    spans: (told) => void spans.push(...told),
    log: { info: (line, fields) => void logged.push({ line, ...fields }), warn: (line, fields) => void logged.push({ line, ...fields }) },
  })
  const run = (command: Command, request_id = "r1", deadline_ms = 5_000) =>
    commands.answer({ ...command, request_id, deadline_ms } as Request) as Promise<any>
  return { run, calls, bodies, state, sessions, stops, causes, spans, logged }
}

type Request_ = globalThis.Request

function user(id: string, created = 1): OcMessage {
  return { info: { id, sessionID: "ses_1", role: "user", time: { created } }, parts: [] }
}

function assistant(id: string, info: Partial<OcMessage["info"]> = {}, parts: OcMessage["parts"] = []): OcMessage {
  return { info: { id, sessionID: "ses_1", role: "assistant", time: { created: 2 }, ...info }, parts }
}

const FINISHED = { finish: "stop", time: { created: 2, completed: 3 } }
const create = { type: "session.create", directory: DIRECTORY, title: "New", hold: "none" } as const
const message = {
  type: "session.message", session_id: "ses_1", message_id: "msg_gw1", no_reply: false, parts: [{ kind: "text", id: "prt_1", text: "go" }],
} as const satisfies Command
const permission = {
  type: "permission.reply", session_id: "ses_1", directory: DIRECTORY, permission_id: "per_1", reply: "once", tool: { message_id: "msg_2", call_id: "c1" },
} as const satisfies Command

test("REQ-GATE-03 of a held call that is gone it is told what became of it", async () => {
  const { run, state } = setUp()
  const release = { type: "hold.release", session_id: "ses_1", hold_id: "hold_1", verdict: { let: "through" } } as const
  expect((await run(release as Command, "r1")).result).toEqual({ kind: "ask", outcome: "not_pending", interrupted: false })
  const part = { id: "prt_1", messageID: "msg_2", sessionID: "ses_1", type: "tool", tool: "bash", callID: "c1", state: { status: "running", input: {}, metadata: { output: "" } } }
  state.messages = [user("msg_1"), assistant("msg_2", {}, [part])]
  const tool = { message_id: "msg_2", call_id: "c1" }
  const { result } = await run({ ...release, tool } as Command, "r2")
  expect(result).toMatchObject({ outcome: "not_pending", interrupted: true, tool: { call_id: "c1", began: true } })
})

test("REQ-OPS-01 F11 what was done is logged with the session that it was done to, a new one's too", async () => {
  const { run, logged } = setUp()
  await run(create, "r1")
  await run({ type: "session.rename", session_id: "ses_1", title: "Other" } as Command, "r2")
  await run({ type: "session.rename", session_id: "ses_9", title: "Other" } as Command, "r3")
  expect(logged.map(({ command, session_id }) => [command, session_id])).toEqual([
    ["session.create", "ses_2"], ["session.rename", "ses_1"], ["session.rename", "ses_9"],
  ])
})

test("REQ-BRIDGE-03 a request that comes twice runs once, at the same time and later", async () => {
  const { run, calls } = setUp()
  const [one, two] = await Promise.all([run(create), run(create)])
  expect([one.result, await run(create)]).toEqual([two.result, one])
  expect(calls.filter((call) => call === "POST /session")).toHaveLength(1)
})

test("REQ-BRIDGE-08 a session that was made before a restart is found and not made again", async () => {
  const before = setUp()
  const made = await before.run(create)
  const after = setUp()
  for (const [id, session] of before.sessions) after.sessions.set(id, session)
  expect((await after.run(create)).result).toEqual(made.result)
  expect(after.calls).not.toContain("POST /session")
})

test("REQ-BRIDGE-04 a directory that does not exist is told before OpenCode makes a session in it", async () => {
  const { run, calls } = setUp()
  const answer = await run({ ...create, directory: "/does/not/exist" })
  expect(answer).toMatchObject({ type: "session.error", code: "directory_not_found" })
  expect(calls).toEqual([])
})

test("REQ-BRIDGE-03 what failed may be tried again under the same id", async () => {
  const { run, sessions } = setUp()
  const abort = { type: "session.abort", session_id: "ses_9" } as const
  expect(await run(abort)).toMatchObject({ type: "session.error", code: "session_not_found" })
  sessions.set("ses_9", { id: "ses_9" })
  expect(await run(abort)).toMatchObject({ type: "reply" })
})

test("REQ-BRIDGE-03 a message that OpenCode has is not written again", async () => {
  const { run, calls, state } = setUp()
  await run(message)
  expect(calls).toContain("POST /session/ses_1/prompt_async")
  state.messages = [user("msg_gw1"), assistant("msg_2", FINISHED)]
  calls.length = 0
  expect(await run(message, "r2")).toMatchObject({ result: { kind: "done" } })
  expect(calls).not.toContain("POST /session/ses_1/prompt_async")
})

test("REQ-START-06 a stop between a message and its turn counts when the turn begins, and is not done before", async () => {
  const { run, stops } = setUp()
  const stopped: string[] = []
  const begins = (id: string) => stops.began("ses_1", id, async () => stopped.push(id))
  await run(message, "a")
  const stopping = run({ type: "session.abort", session_id: "ses_1" }, "b")
  await run(message, "again")
  await begins("msg_gw1")
  await stopping
  await begins("msg_gw1")
  await run({ ...message, message_id: "msg_gw2" }, "c")
  await begins("msg_gw2")
  expect(stopped).toEqual(["msg_gw1"])
})

test("REQ-START-06 a stopped message that OpenCode dropped delays the stop for a while only, and no later turn", async () => {
  const { run, stops } = setUp({ stopPatienceMs: 10 })
  await run(message, "a")
  expect(await run({ type: "session.abort", session_id: "ses_1" }, "b")).toMatchObject({ result: { kind: "done" } })
  await run({ ...message, message_id: "msg_gw2" }, "c")
  let wasStopped = false
  await stops.began("ses_1", "msg_gw2", async () => void (wasStopped = true))
  expect(wasStopped).toBe(false)
})

test("B2 a turn that failed is tried again with its own message, and with the model that was chosen since", async () => {
  const { run, calls, bodies, state } = setUp()
  const retry = (id: string, more = {}) => run({ type: "session.retry", session_id: "ses_1", ...more }, id)
  const asked = user("msg_gw1")
  asked.info.model = { providerID: "local", modelID: "gone" }
  state.messages = [asked, assistant("msg_2", FINISHED)]
  expect(await retry("a")).toMatchObject({ code: "superseded" })
  state.messages = [asked, assistant("msg_2", { error: { name: "UnknownError" } })]
  state.busy = true
  await retry("b")
  expect(calls.filter((call) => call.endsWith("prompt_async"))).toEqual([])
  state.busy = false
  await retry("c")
  expect(bodies.at(-1)).toEqual({ messageID: "msg_gw1", parts: [], model: { providerID: "local", modelID: "gone" } })
  // It failed before the agent said anything.
  state.messages = [asked]
  await retry("d", { agent: "builder", model: { provider: "anthropic", model: "claude" } })
  expect(bodies.at(-1)).toEqual({ messageID: "msg_gw1", parts: [], agent: "builder", model: { providerID: "anthropic", modelID: "claude" } })
})

test("B2 models of usable providers and agents for people are told, and which directory is OpenCode's home", async () => {
  const { run } = setUp()
  const { result } = await run({ type: "choices.list" })
  expect(result).toEqual({
    kind: "choices",
    models: [{ provider: "scripted", model: "scripted-1", name: "Scripted One" }],
    agents: [{ name: "build", description: "Builds." }],
    home: "/home/opencode",
  })
})

test("REQ-ASK-08 a turn that was cut short is resumed; finished, busy and superseded ones are not", async () => {
  const { run, calls, state } = setUp()
  const resume = (id: string) => run({ type: "session.resume", session_id: "ses_1", message_id: "msg_gw1" }, id)
  const prompts = () => calls.filter((call) => call.endsWith("prompt_async")).length
  state.messages = [user("msg_gw1"), assistant("msg_2", FINISHED)]
  await resume("a")
  state.messages = [user("msg_gw1"), assistant("msg_2")]
  state.busy = true
  await resume("b")
  expect(prompts()).toBe(0)
  state.busy = false
  await resume("c")
  expect(prompts()).toBe(1)
  state.messages.push(user("msg_3"))
  expect(await resume("d")).toMatchObject({ code: "superseded" })
})

test("REQ-BRIDGE-04 a permission that is really pending is answered", async () => {
  const { run, calls, state } = setUp()
  Object.assign(state, { busy: true, permissions: [{ id: "per_1" }] })
  expect(await run(permission)).toMatchObject({ result: { kind: "ask", outcome: "applied" } })
  expect(calls).toContain("POST /permission/per_1/reply")
})

test("REQ-ASK-08 the ask of an aborted turn, and one that is gone, are told as not pending", async () => {
  const { run, calls, state } = setUp()
  const part = { id: "p", messageID: "msg_2", sessionID: "ses_1", type: "tool", tool: "bash", callID: "c1", state: { status: "running" } }
  state.messages = [user("msg_gw1"), assistant("msg_2", {}, [part])]
  state.permissions = [{ id: "per_1" }]
  expect(await run(permission, "a")).toMatchObject({ result: { outcome: "not_pending", interrupted: true, tool: { status: "running" } } })
  state.permissions = []
  part.state = { status: "running", metadata: { output: "half" } } as never
  expect(await run(permission, "b")).toMatchObject({ result: { outcome: "not_pending", tool: { began: true } } })
  expect(calls).not.toContain("POST /permission/per_1/reply")
})

test("REQ-ASK-08 an answer that OpenCode refuses although it was pending is read back", async () => {
  const { run, state } = setUp()
  Object.assign(state, { busy: true, permissions: [{ id: "per_1" }], replyStatus: 404 })
  expect(await run(permission)).toMatchObject({ result: { outcome: "not_pending" } })
})

test("REQ-ASK-08 what became of a call is read anew when it is asked again under the same id", async () => {
  const { run, state } = setUp()
  const part = { id: "prt_1", messageID: "msg_2", sessionID: "ses_1", type: "tool", tool: "bash", callID: "c1", state: { status: "running" } }
  state.messages = [user("msg_gw1"), assistant("msg_2", {}, [part])]
  expect(await run(permission, "same")).toMatchObject({ result: { outcome: "not_pending", interrupted: true } })
  part.state.status = "completed"
  expect(await run(permission, "same")).toMatchObject({ result: { outcome: "not_pending", interrupted: false } })
})

test("REQ-ASK-08 a question of a turn that works again is not answered behind its back", async () => {
  const { run, state, calls } = setUp()
  const part = { id: "prt_1", messageID: "msg_2", sessionID: "ses_1", type: "tool", tool: "question", callID: "c1", state: { status: "running" } }
  Object.assign(state, { busy: true, messages: [user("msg_gw1"), assistant("msg_2", {}, [part])] })
  const complete = {
    type: "question.complete", session_id: "ses_1", tool: { message_id: "msg_2", call_id: "c1" }, questions: ["Which?"], answers: [["This"]],
  } as const satisfies Command
  expect(await run(complete as never)).toMatchObject({ code: "busy" })
  expect(calls.filter((call) => call.startsWith("PATCH"))).toEqual([])
  part.state.status = "completed"
  expect(await run(complete as never)).toMatchObject({ result: { kind: "done" } })
})

test("REQ-BRIDGE-04 messages are paged, and carry the text that is being written", async () => {
  const { run, state } = setUp()
  const live = { id: "prt_live", messageID: "msg_3", sessionID: "ses_1", type: "text", text: "" }
  state.messages = [user("msg_gw1"), assistant("msg_2", FINISHED), assistant("msg_3", {}, [live])]
  const read = (limit: number, before?: string) =>
    run({ type: "session.messages", session_id: "ses_1", limit, ...(before ? { before } : {}) }, `${limit}${before}`)
  const newest = (await read(2)).result
  expect(newest.messages.map(({ id }: { id: string }) => id)).toEqual(["msg_2", "msg_3"])
  expect(newest).toMatchObject({ more: true, messages: [{}, { parts: [{ text: "being written" }] }] })
  expect((await read(5, "msg_2")).result).toMatchObject({ more: false, messages: [{ id: "msg_gw1", from_gateway: true }] })
  expect(await read(5, "msg_9")).toMatchObject({ code: "message_not_found" })
})

test("REQ-BRIDGE-04 what is no message's id is refused as such, and OpenCode is not asked for another path", async () => {
  const { run, state, calls } = setUp()
  state.messages = [user("msg_gw1")]
  for (const before of ["", "../abort", "msg_1?limit=0"]) {
    const refused = await run({ type: "session.messages", session_id: "ses_1", limit: 5, before }, `odd ${before}`)
    expect(refused).toMatchObject({ code: "invalid_argument", message: expect.stringContaining(`"${before}" is not one`) })
  }
  expect(calls.filter((call) => call.includes("/message"))).toEqual([])
})

test("CREW 1: one odd prompt hides nothing but itself, wherever it is, and nobody asks for everything", async () => {
  const { run, state, calls } = setUp()
  const ids = Array.from({ length: 130 }, (_, n) => `msg_${String(n).padStart(3, "0")}`)
  state.messages = ids.map((id, n) => user(id, 1_000_000 + n * 7_000))
  const read = async (odd: string) => {
    state.odd = odd
    const found: { id: string; parts: { text?: string }[] }[] = []
    for (let before: string | undefined; ; before = found[0]!.id) {
      const { result } = await run({ type: "session.messages", session_id: "ses_1", limit: 40, ...(before ? { before } : {}) }, `${odd} ${before}`)
      found.unshift(...result.messages)
      if (!result.more) return found
    }
  }
  for (const odd of ["msg_129", "msg_064", "msg_001"]) expect((await read(odd)).map(({ id }) => id)).toEqual(ids)
  // Only the very first message cannot be got at: it is named, all others are there.
  const found = await read("msg_000")
  expect(found.slice(1).map(({ id }) => id)).toEqual(ids.slice(1))
  expect(found[0]!.parts[0]!.text).toMatch(/^This message can't be shown: .*Expected OutputFormatText/)
  expect(calls.filter((call) => /\/message\?limit=(null|0)/.test(call))).toEqual([])
})

test("CREW 1: an odd prompt stops neither a resumed turn nor the look at what waits", async () => {
  const { run, state, calls } = setUp()
  state.messages = [user("msg_gw1"), assistant("msg_2", { parentID: "msg_gw1", time: { created: 2 } })]
  state.odd = "msg_gw1"
  expect(await run({ type: "session.resume", session_id: "ses_1", message_id: "msg_gw1" })).toMatchObject({ result: { kind: "done" } })
  expect(calls).toContain("POST /session/ses_1/prompt_async")
})

test("UX B3b: where sessions share a directory, only files that a session's own edits name are its changes", async () => {
  const { run, state, sessions } = setUp()
  const time = { created: 1, updated: 9 }
  sessions.set("ses_1", { id: "ses_1", directory: DIRECTORY, title: "t", time })
  const tool = (name: string, input: Record<string, unknown>) =>
    ({ id: "prt", messageID: "msg_2", sessionID: "ses_1", type: "tool", tool: name, state: { status: "completed", input } })
  state.messages = [user("msg_gw1"), assistant("msg_2", FINISHED, [tool("write", { filePath: join(DIRECTORY, "mine.txt") }), tool("read", { filePath: "big.txt" })])]
  state.diffs = [{ file: "mine.txt", additions: 1 }, { file: "big.txt", additions: 200 }]
  const files = async (id: string) => (await run({ type: "session.diff", session_id: "ses_1" }, id)).result.files.map((one: { path: string }) => one.path)
  expect(await files("alone")).toEqual(["mine.txt", "big.txt"])
  sessions.set("ses_2", { id: "ses_2", directory: DIRECTORY, title: "other", time })
  expect(await files("shared")).toEqual(["mine.txt"])
})

test("REQ-BRIDGE-04 a busy session is not moved", async () => {
  const { run, state, calls } = setUp()
  state.busy = true
  const target = mkdtempSync(join(tmpdir(), "target-"))
  const move = { type: "session.move", session_id: "ses_1", directory: target, move_changes: false } as const
  expect(await run(move)).toMatchObject({ code: "busy" })
  expect(calls).not.toContain("POST /experimental/control-plane/move-session")
})

const PLACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

test("REQ-OPS-01 a command of a trace tells what it did, and what comes of it belongs there too", async () => {
  const { run, state, causes, spans } = setUp()
  state.permissions = [{ id: "per_1" }]
  state.busy = true
  const command = { type: "permission.reply", session_id: "ses_1", directory: DIRECTORY, permission_id: "per_1", reply: "once" }
  await run({ ...command, traceparent: PLACE } as never)
  const [own, ...calls] = spans
  expect(own).toMatchObject({ name: "permission.reply", parent_id: "00f067aa0ba902b7", session_id: "ses_1" })
  expect(new Set(spans.map(({ traceparent }) => traceparent.split("-")[1]))).toEqual(new Set([PLACE.split("-")[1]]))
  expect(calls.map(({ name }) => name)).toEqual(["GET /permission", "GET /session", "POST /permission"])
  for (const call of calls) expect(call.parent_id).toBe(own?.traceparent.split("-")[2])
  for (const span of spans) expect(span.end_us).toBeGreaterThanOrEqual(span.start_us)
  expect(causes.of("ses_1", { type: "permission.resolved", permission_id: "per_1", reply: "once", by_gateway: true })).toBe(own?.traceparent)
  expect(causes.of("ses_1", { type: "session.active" })).toBeUndefined()
  expect(causes.of("ses_1", { type: "session.idle" })).toBe(own?.traceparent)
  expect(causes.of("ses_1", { type: "session.idle" }), "it rests").toBeUndefined()
})

test("REQ-OPS-01 a command that fails tells it, and one without a trace tells nothing", async () => {
  const { run, spans, causes } = setUp()
  await run({ type: "session.rename", session_id: "ses_none", title: "t", traceparent: PLACE } as never)
  expect(spans[0]).toMatchObject({ name: "session.rename", error: "session_not_found" })
  spans.length = 0
  for (const traceparent of [undefined, "nonsense", "00-0-0-01"]) {
    await run({ type: "session.abort", session_id: "ses_1", traceparent } as never, `r ${traceparent}`)
  }
  expect(spans).toEqual([])
  expect(causes.of("ses_1", { type: "session.idle" })).toBeUndefined()
})

test("B33 a file of a message is read as it is, and read again the next time", async () => {
  const { run, state, calls } = setUp()
  const file = (id: string, url: string) => ({ id, messageID: "msg_1", sessionID: "ses_1", type: "file", filename: `${id}.txt`, mime: "text/plain", url })
  const text = { id: "prt_t", messageID: "msg_1", sessionID: "ses_1", type: "text", text: "x" }
  state.messages = [{ ...user("msg_1"), parts: [text, file("prt_a", "data:text/plain;base64,cGxhbg=="), file("prt_b", "data:text/plain,pl%C3%A4n"), file("prt_c", "file:///etc/passwd"), file("prt_d", `data:;base64,${"A".repeat(8 << 20)}`)] }]
  const read = (part_id: string, message_id = "msg_1") => run({ type: "session.attachment", session_id: "ses_1", message_id, part_id } as Command)
  expect((await read("prt_a")).result).toEqual({ kind: "attachment", filename: "prt_a.txt", mime: "text/plain", content: "cGxhbg==" })
  expect(Buffer.from((await read("prt_b")).result.content, "base64").toString()).toBe("plän")
  expect(calls.filter((call) => call === "GET /session/ses_1/message/msg_1"), "not kept in memory").toHaveLength(2)
  expect(await read("prt_c")).toMatchObject({ code: "message_not_found", message: expect.stringContaining("only refers") })
  expect(await read("prt_d")).toMatchObject({ code: "too_large" })
  for (const [part, message] of [["prt_t"], ["prt_x"], ["prt_a", "msg_9"]]) expect(await read(part!, message)).toMatchObject({ code: "message_not_found" })
})
