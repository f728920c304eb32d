import { renderToStaticMarkup } from "react-dom/server"
import { describe, expect, it } from "vitest"
import type { Ask } from "../src/api/types.ts"
import { AskCard } from "../src/asks/ask-card.tsx"
import { ask } from "./samples.ts"

function card(of: Ask, live = true): HTMLElement {
  const element = document.createElement("div")
  element.innerHTML = renderToStaticMarkup(<AskCard ask={of} live={live} />)
  return element
}

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
    expect(buttons(card(KINDS.permission!))).toEqual(["Allow once", "Always allownpm *", "Deny", "Deny with a reason"])
    expect(buttons(card(KINDS["a held call"]!))).toEqual(["Allow once", "Deny", "Deny with a reason"])
    expect(buttons(card(KINDS.gate!))).toEqual(["Go on", "Deny", "Deny with a reason"])
    expect(buttons(card(KINDS.question!))).toEqual(["ARecommendedfirst", "Bsecond", "Answer in own words"])
    expect(buttons(card(KINDS.configuration!))).toEqual(["Set up and go on", "Deny"])
  })

  it.each(Object.entries(KINDS))("%s: nothing can be pressed without a connection", (_, of) => {
    // REQ-CONSOLE-01
    const offline = card(of, false)
    expect([...offline.querySelectorAll("button")].every((button) => button.disabled)).toBe(true)
    expect(offline.textContent).toContain("No connection")
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
    expect(risky.textContent).toContain("ben allowed it")
  })

  it("warns of what may have run already", () => {
    // REQ-ASK-08
    expect(card(ask({ may_have_run: true })).textContent).toContain("This may have run already")
  })

  it("says that an answer waits for an agent that is away", () => {
    // REQ-ASK-08
    const away = card(ask({ state: "suspended" }))
    expect(away.textContent).toContain("applied when it is back")
    expect(buttons(away)).toContain("Allow once")
  })

  it("says when always is everything", () => {
    // REQ-ASK-01
    expect(buttons(card(ask({ always: ["*"] })))).toContain("Always alloweverything (*)")
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
