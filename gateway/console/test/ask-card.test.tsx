import { describe, expect, it } from "vitest"
import type { Ask } from "../src/api/types.gen.ts"
import { AskCard } from "../src/asks/ask-card.tsx"
import { drawn, me } from "./drawn.tsx"
import { ask } from "./samples.ts"

const card = (of: Ask, live = true, who?: string): HTMLElement => drawn(<AskCard ask={of} live={live} />, me(who))

const buttons = (element: HTMLElement) => [...element.querySelectorAll("button")].map((button) => button.textContent)
const KINDS: Record<string, Ask> = {
  permission: ask(),
  "a held call": ask({ kind: "held", held: { tool: "write", file: "a.txt" } }),
  gate: ask({ kind: "gate", title: "Go on?", detail: "Why" }),
  question: ask({ kind: "question", questions: [{ question: "Which?", options: ["A (Recommended)", "B"], descriptions: ["first", "second"] }] }),
  configuration: ask({ kind: "configuration", held: { tool: "write" }, fields: [{ name: "project", label: "Project", required: true, options: ["x", "y"] }, { name: "note", label: "Note", required: false, suggestion: "hi" }] }),
}

describe("an ask card", () => {
  it("has what each kind takes", () => {
    // REQ-ASK-01, REQ-ASK-02
    expect(buttons(card(KINDS.permission!))).toEqual(["Allow once", "Deny", "Always allownpm *", "Deny with a reason"])
    expect(buttons(card(KINDS["a held call"]!))).toEqual(["Allow once", "Deny", "Deny with a reason"])
    expect(buttons(card(KINDS.gate!))).toEqual(["Continue", "Deny", "Deny with a reason"])
    expect(buttons(card(KINDS.question!))).toEqual(["ARecommendedfirst", "Bsecond", "Write your own answer"])
    expect(buttons(card(KINDS.configuration!))).toEqual(["Save and continue", "Deny"])
  })

  it.each(Object.entries(KINDS))("%s: nothing can be pressed without a connection", (_, of) => {
    // REQ-CONSOLE-01
    const offline = card(of, false)
    expect([...offline.querySelectorAll("button")].every((button) => button.disabled)).toBe(true)
    // The bar at the top says why, once (B32).
    expect(offline.textContent).not.toContain("offline")
  })

  it.each(["decided", "applied", "answered_elsewhere", "timed_out", "allowed_late", "withdrawn", "superseded"])("has no answer's button once it is %s", (state) => {
    // REQ-ASK-08
    const decision = { answer: "once", by: { id: "api:anna", name: "anna" }, at: "2026-01-01T10:01:00Z" }
    const settled = card(ask({ state, decision, answer: "once", why: "stopped" }))
    expect(buttons(settled)).toEqual([])
    expect(settled.querySelector("[data-outcome]")?.textContent).toBeTruthy()
  })

  it("offers no always where two people are needed, and says who allowed it so far", () => {
    // REQ-ASK-10
    const first_approval = { answer: "once", by: { id: "api:ben", name: "ben" }, at: "2026-01-01T10:01:00Z" }
    const risky = card(ask({ rules: { on_silence: "deny", reminders: 0, risk: "It pushes" }, first_approval }))
    expect(buttons(risky)).toEqual(["Allow once", "Deny", "Deny with a reason"])
    expect(risky.textContent).toContain("It pushes")
    expect(risky.textContent).toContain("Approved by ben")
  })

  it("shows the first of two approvers no button that does nothing (B28)", () => {
    // REQ-ASK-10
    const first_approval = { answer: "once", by: { id: "web:ben", name: "ben" }, at: "2026-01-01T10:01:00Z" }
    const risky = ask({ rules: { on_silence: "deny", reminders: 0, risk: "It pushes" }, first_approval })
    expect(buttons(card(risky, true, "web:ben"))).toEqual(["Deny instead"])
    expect(card(risky, true, "web:ben").textContent).toContain("Waiting for a second approver")
    expect(buttons(card(risky, true, "slack:ben"))).toContain("Allow once")
    expect(buttons(card(risky, false, "web:ben"))).toEqual(["Deny instead"])
    expect(card(risky, false, "web:ben").querySelector("button")?.disabled).toBe(true)
  })

  it("still takes an answer when nobody gave one in time, and says that nobody did (B6)", () => {
    // REQ-ASK-07
    const over = card(ask({ state: "timed_out", deadline: undefined }))
    expect(over.querySelector("[data-expired]")?.textContent).toBe("Nobody answered")
    expect(over.textContent).toContain("Timed out. Denied automatically.")
    expect(buttons(over)).toEqual(["Allow anyway", "Tell the agent why not"])
    const question = KINDS.question as Ask
    expect(buttons(card({ ...question, state: "timed_out", deadline: undefined } as Ask))).toEqual(["Answer anyway"])
    expect([...card(ask({ state: "timed_out" }), false).querySelectorAll("button")].every((button) => button.disabled)).toBe(true)
  })

  it("warns when its time is almost over (B6)", () => {
    // REQ-ASK-05
    const soon = card(ask({ deadline: new Date(Date.now() + 40_000).toISOString() }))
    expect(soon.querySelector("[data-soon=true]")?.textContent).toMatch(/^Less than a minute left. Denied automatically in 0:\d\d/)
    expect(card(ask({ deadline: new Date(Date.now() + 140_000).toISOString() })).querySelector("[data-soon=true]")).toBeNull()
  })

  it("says what stands out in what would run (B13)", () => {
    // REQ-GATE-06
    const rules = { on_silence: "deny", reminders: 0, dangers: [{ kind: "destructive", label: "Deletes files", why: "rm -rf /" }] }
    expect(card(ask({ rules })).querySelector("[data-dangers]")?.textContent).toBe("Deletes files: rm -rf /")
    expect(card(ask({ rules, state: "withdrawn", why: "stopped" })).querySelector("[data-dangers]")).toBeNull()
    expect(card(ask()).querySelector("[data-dangers]")).toBeNull()
  })

  it("cuts no pattern of Always off (B13)", () => {
    // REQ-ASK-01
    const long = `curl ${"x".repeat(60)} *`
    expect(buttons(card(ask({ always: [long] })))).toContain("Always allow…")
  })

  it("warns of what may have run already", () => {
    // REQ-ASK-08
    expect(card(ask({ may_have_run: true })).textContent).toContain("This may already have run")
  })

  it("says that an answer waits for an agent that is away", () => {
    // REQ-ASK-08
    const away = card(ask({ state: "suspended" }))
    expect(away.textContent).toContain("applied when it is back")
    expect(buttons(away)).toContain("Allow once")
  })

  it("says when always is everything", () => {
    // REQ-ASK-01
    expect(buttons(card(ask({ always: ["*"] })))).toContain("Always allowrun any command")
  })

  it("shows a diff as a diff, and a hostile one as text", () => {
    // REQ-ASK-01, REQ-THREAD-07
    const diff = "--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-old\n+<img src=x onerror=alert(1)>\n"
    const drawn = card(ask({ permission: "edit", metadata: { diff, filepath: "/work/sample/x" } }))
    expect(drawn.querySelector("img")).toBeNull()
    expect(drawn.querySelectorAll("tr")).toHaveLength(2)
    expect(drawn.textContent).toContain("<img src=x onerror=alert(1)>")
  })

  it("names fields that a configuration needs", () => {
    const form = card(KINDS.configuration!)
    expect([...form.querySelectorAll("label")].map((label) => label.textContent)).toEqual(["Project", "Noteoptional"])
    expect(form.querySelector<HTMLButtonElement>("button[type=submit]")?.disabled).toBe(true)
  })
})
