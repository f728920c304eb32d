import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { SeenOnce } from "../src/bounded.ts"
import type { OpenCodeEvent } from "../src/hooks.ts"
import type { Event } from "../src/protocol.gen.ts"
import { Translator } from "../src/translate.ts"

function fixture(name: string): OpenCodeEvent[] {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8"))
}

function translate(events: OpenCodeEvent[], translator = new Translator()): Event[] {
  return events.flatMap((event) => translator.translate(event, "/workspace/a", 1)).map((draft) => draft.event)
}

function only<T extends Event["type"]>(events: Event[], type: T): Extract<Event, { type: T }>[] {
  return events.filter((event): event is Extract<Event, { type: T }> => event.type === type)
}

const delta = (partID: string, text: string): OpenCodeEvent => ({
  type: "message.part.delta",
  properties: { sessionID: "ses_1", messageID: "msg_1", partID, field: "text", delta: text },
})

test("REQ-BRIDGE-05 a captured turn with a permission tells each thing once", () => {
  const events = translate(fixture("permission-approved"))
  const [asked] = only(events, "permission.asked")
  expect(asked?.ask).toMatchObject({ permission: "bash", directory: "/workspace/a", metadata: { command: "echo one > p1.txt && cat p1.txt" } })
  expect(only(events, "permission.resolved")[0]).toMatchObject({ reply: "once", by_gateway: false })
  const calls = only(events, "tool.executed").map(({ call }) => [call.call_id, call.status, call.began])
  expect(new Set(calls.map(String)).size).toBe(calls.length)
  expect(calls.at(-1)?.[1]).toBe("completed")
  const completed = only(events, "message.completed").map(({ message }) => message.id)
  expect(new Set(completed).size).toBe(completed.length)
  expect(events.at(-1)?.type).toBe("session.updated")
})

test("REQ-BRIDGE-05 busy and idle are told when they change", () => {
  const states = translate(fixture("permission-approved")).filter(({ type }) => type === "session.idle" || type === "session.active")
  states.forEach((state, n) => expect(state.type).toBe(n % 2 === 0 ? "session.active" : "session.idle"))
})

test("REQ-BRIDGE-05 streamed text carries byte offsets that fit together to the complete part", () => {
  const events = translate(fixture("turn"))
  for (const done of only(events, "message.part.completed").filter((event) => event.role === "assistant")) {
    const pieces = only(events, "message.part.streamed").filter((event) => event.part_id === done.part_id)
    let bytes = 0
    for (const piece of pieces) {
      expect(piece.offset).toBe(bytes)
      bytes += Buffer.byteLength(piece.content)
    }
    if (pieces.length > 0) expect(pieces.map(({ content }) => content).join("")).toBe(done.content)
  }
})

test("REQ-BRIDGE-05 offsets count bytes, not characters", () => {
  const events = translate([delta("p", "größer "), delta("p", "🙂 "), delta("p", "x")])
  expect(only(events, "message.part.streamed").map(({ offset }) => offset)).toEqual([0, 9, 14])
})

test("REQ-BRIDGE-08 text of a part that is being written is known until the part is complete", () => {
  const translator = new Translator()
  translate([delta("p", "so "), delta("p", "far")], translator)
  expect(translator.running("p")).toBe("so far")
  const part = { id: "p", messageID: "msg_1", sessionID: "ses_1", type: "text", text: "so far.", time: { start: 1, end: 2 } }
  translate([{ type: "message.part.updated", properties: { sessionID: "ses_1", part } }], translator)
  expect(translator.running("p")).toBeUndefined()
})

test("REQ-BRIDGE-05 questions are asked and answered", () => {
  const events = translate(fixture("question"))
  const [asked] = only(events, "question.asked")
  expect(asked?.ask.questions[1]).toMatchObject({ header: "Features", multiple: true, custom: true })
  expect(only(events, "question.resolved")[0]?.answers).toBeDefined()
})

test("REQ-BRIDGE-05 a sub-agent's session names its parent", () => {
  const children = only(translate(fixture("subagent")), "session.created").filter(({ session }) => session.parent_id)
  expect(children).toHaveLength(1)
})

test("REQ-ASK-08 an answer that the gateway gave is told as such", () => {
  const answered = new SeenOnce(10)
  answered.first("per_1")
  const replied = (requestID: string) => ({ type: "permission.replied", properties: { sessionID: "s", requestID, reply: "once" } })
  const events = translate([replied("per_1"), replied("per_2")], new Translator(answered))
  expect(only(events, "permission.resolved").map(({ by_gateway }) => by_gateway)).toEqual([true, false])
})

test("REQ-BRIDGE-05 an abort is told apart from a failure", () => {
  const failed = (name: string) => ({ type: "session.error", properties: { sessionID: "s", error: { name, data: { message: "m" } } } })
  const events = only(translate([failed("MessageAbortedError"), failed("APIError")]), "session.failed")
  expect(events.map(({ aborted }) => aborted)).toEqual([true, false])
})

test("REQ-BRIDGE-05 what a newer OpenCode may send never throws", () => {
  const odd: OpenCodeEvent[] = [
    { type: "weather.changed", properties: { sessionID: "s" } },
    { type: "session.idle", properties: {} },
    { type: "session.error", properties: { sessionID: "s" } },
    { type: "session.diff", properties: { sessionID: "s", diff: "none" } },
    { type: "todo.updated", properties: { sessionID: "s", todos: [null, 5] } },
    { type: "permission.asked", properties: { sessionID: "s", id: "p" } },
    { type: "question.asked", properties: { sessionID: "s", id: "q", questions: {} } },
    { type: "message.part.updated", properties: { sessionID: "s", part: { id: "p", type: "hologram" } } },
    { type: "message.part.updated", properties: { sessionID: "s", part: { id: "p", type: "tool" } } },
    { type: "message.part.delta", properties: { sessionID: "s", partID: 1 } },
    { type: "session.status", properties: { sessionID: "s", status: null } },
  ]
  expect(() => translate(odd)).not.toThrow()
})

test("REQ-START-08 a file of a message is told once, without what is in it", () => {
  const events: OpenCodeEvent[] = [
    { type: "message.updated", properties: { sessionID: "ses_1", info: { id: "msg_1", sessionID: "ses_1", role: "user", time: { created: 1 } } } },
    ...[1, 2].map(() => ({
      type: "message.part.updated",
      properties: {
        sessionID: "ses_1",
        part: { id: "prt_1", messageID: "msg_1", sessionID: "ses_1", type: "file", filename: "plan.txt", mime: "text/plain", url: "data:text/plain;base64,c2VjcmV0" },
      },
    })),
  ]
  const told = only(translate(events), "message.part.attached")
  expect(told).toEqual([{ type: "message.part.attached", message_id: "msg_1", part_id: "prt_1", role: "user", filename: "plan.txt", mime: "text/plain" }])
})

test("B35 reasoning is told as such, with the time it took; nothing of it is text", () => {
  const part = (time: object, text = "Perhaps.") => ({ type: "message.part.updated", properties: { sessionID: "ses_1", part: { id: "prt_r", messageID: "msg_1", sessionID: "ses_1", type: "reasoning", text, time } } }) as OpenCodeEvent
  const events = translate([part({ start: 1_000 }, ""), delta("prt_r", "Perhaps."), part({ start: 1_000, end: 13_400 })])
  expect(only(events, "message.part.streamed")).toMatchObject([{ kind: "reasoning", content: "Perhaps." }])
  expect(only(events, "message.part.completed")).toMatchObject([{ kind: "reasoning", content: "Perhaps.", took_ms: 12_400 }])
})
