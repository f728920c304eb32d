import { describe, expect, it } from "vitest"
import { answerWords, closedBecause, heading, inShort, isOpen, isRecommended, outcome, plainLabel, silence, subject, whoMayAnswer, whoWasFirst } from "../src/asks/ask-state.ts"
import { visible } from "../src/lib/visible.ts"
import { ask } from "./samples.ts"

const anna = { by: { id: "api:anna", name: "anna" }, at: "2026-01-01T10:01:00Z" }
const at = (time: string) => new Date(`2026-01-01T${time}Z`).getTime()

describe("whether an ask can be answered", () => {
  it("can, while it is open and the connection is there", () => {
    // REQ-ASK-01
    expect(closedBecause(ask(), true)).toBeUndefined()
    expect(closedBecause(ask({ state: "suspended" }), true)).toBeUndefined()
  })

  it("can not, without a connection: it may be stale", () => {
    // REQ-CONSOLE-01
    expect(closedBecause(ask(), false)).toMatch(/You're offline/)
  })

  it.each(["decided", "applied", "timed_out", "allowed_late", "superseded"])("can not, once it is %s", (state) => {
    // REQ-ASK-08
    const settled = ask({ state, decision: { answer: "once", ...anna } })
    expect(isOpen(settled)).toBe(false)
    expect(closedBecause(settled, true)).toBeTruthy()
    expect(outcome(settled)).toBeDefined()
  })

  it("says where it was answered, and why it was withdrawn", () => {
    // REQ-ASK-08
    expect(outcome(ask({ state: "answered_elsewhere", answer: "once" }))?.text).toMatch(/in OpenCode/)
    expect(outcome(ask({ state: "withdrawn", why: "the session was stopped" }))?.text).toMatch(/the session was stopped/)
  })
})

describe("what the card says", () => {
  it("names exactly what runs", () => {
    // REQ-ASK-01
    expect(subject(ask())).toBe("npm test")
    expect(subject(ask({ permission: "edit", metadata: { filepath: "/work/sample/a.rs" } }))).toBe("/work/sample/a.rs")
    expect(subject(ask({ permission: "webfetch", metadata: {}, patterns: ["https://x.test"] }))).toBe("https://x.test")
    expect(subject(ask({ kind: "held", held: { tool: "bash", command: "rm -r x" } }))).toBe("rm -r x")
    expect(subject(ask({ kind: "gate", title: "Go on?", detail: "" }))).toBe("Go on?")
  })

  it("writes out characters that hide or turn others", () => {
    // REQ-THREAD-07
    expect(visible("ls \u202etxt.sh")).toBe("ls ⟨U+202E⟩txt.sh")
    expect(visible("a\u200bb\u0007")).toBe("a⟨U+200B⟩b⟨U+0007⟩")
    expect(visible("plain\n\ttext")).toBe("plain\n\ttext")
  })

  it("says what silence does, and when", () => {
    // REQ-ASK-05, REQ-ASK-06
    expect(silence(ask(), at("10:00:01"))).toBe("Denied automatically in 4:59 if nobody answers.")
    const rules = { on_silence: "take_recommended", reminders: 0 }
    expect(silence(ask({ rules, deadline: "2026-01-01T12:00:00Z" }), at("10:00:00"))).toMatch(/^In 2 h the agent continues with the recommended/)
    expect(silence(ask({ deadline: undefined, rules: { on_silence: "wait", reminders: 0 } }), 0)).toMatch(/No time limit/)
    expect(silence(ask({ deadline: undefined, state: "suspended" }), 0)).toMatch(/timer is paused/)
  })

  it("says who may answer, and from when a backup may", () => {
    // REQ-ASK-10
    expect(whoMayAnswer(ask())).toBe("Anyone signed in can answer.")
    const rules = { on_silence: "deny", reminders: 0, may_answer: ["api:anna"], backup: { from: "2026-01-01T10:03:00Z", people: ["api:ben"] } }
    expect(whoMayAnswer(ask({ rules }))).toMatch(/^anna can answer; from .*, also ben\.$/)
    expect(whoMayAnswer(ask({ rules: { ...rules, may_answer: [], backup: undefined } }))).toBe("No one can answer.")
  })

  it("says afterwards who answered, and what", () => {
    // REQ-ASK-03, REQ-ASK-10
    const denied = ask({ state: "applied", decision: { answer: "deny", reason: "Too early", ...anna } })
    expect(outcome(denied)).toMatchObject({ tone: "bad", detail: "“Too early”" })
    expect(outcome(denied)?.text).toMatch(/^Denied by anna/)
    const twice = ask({ state: "applied", decision: { answer: "once", ...anna }, first_approval: { answer: "once", ...anna } })
    expect(outcome(twice)?.text).toMatch(/^Allowed once by anna, .*; first approved by anna, /)
    expect(whoWasFirst(ask({ state: "applied", decision: { answer: "always", ...anna } }))).toBe("anna answered first (Always allowed). Your answer wasn't used.")
  })

  it("shows both what happened at the timeout and the late answer", () => {
    // REQ-ASK-07
    expect(outcome(ask({ state: "timed_out" }))?.text).toMatch(/^Timed out\. Denied automatically\.$/)
    const late = outcome(ask({ state: "timed_out", decision: { answer: "once", ...anna } }))
    expect(late?.text).toMatch(/^Timed out, then answered late by anna, .*: Allowed once$/)
    // Issue 12: a denial that came late read like one that came in time.
    const denied = outcome(ask({ state: "applied", late: true, decision: { answer: "deny", reason: "no", ...anna } }))
    expect(denied?.text).toMatch(/^Timed out, then answered late by anna, .*: Denied \(“no”\)$/)
  })

  it("marks the recommended option without losing its label", () => {
    // REQ-ASK-02
    expect(isRecommended("Postgres (Recommended)")).toBe(true)
    expect(plainLabel("Postgres (Recommended)")).toBe("Postgres")
    expect(answerWords({ answer: "answers", answers: [["a", "b (Recommended)"], ["c"]] })).toBe("Answered “a, b; c”")
  })

  it("is short in lists", () => {
    expect(inShort(ask())).toBe("Run npm test")
    expect(inShort(ask({ permission: "edit", metadata: { filepath: "/a/b/c/d.rs" } }))).toBe("Change c/d.rs")
    expect(heading(ask({ permission: "unheard_of" }))).toBe("The agent wants to use unheard_of")
    expect(heading(ask({ state: "applied" }))).toBe("The agent wanted to run a command")
  })
})
