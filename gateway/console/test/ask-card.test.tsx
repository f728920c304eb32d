import { describe, expect, it } from "vitest"
import type { AskView } from "../src/api/types.gen.ts"
import { AskCard } from "../src/asks/ask-card.tsx"
import { isOpen } from "../src/asks/ask-state.ts"
import { plain } from "../src/asks/phrase.tsx"
import { drawn, me } from "./drawn.tsx"
import { ask, SERVED, worded } from "./samples.ts"

const card = (of: AskView, live = true, who?: string): HTMLElement => drawn(<AskCard ask={of} live={live} />, me(who))
const buttons = (element: HTMLElement) => [...element.querySelectorAll("button")].map((button) => button.textContent)
const first_approval = { answer: "once", by: { id: "web:ben", name: "ben" }, at: "2026-01-01T10:01:00Z" } as const

describe("an ask card", () => {
  it.each(SERVED.map(({ name, ask }) => [name, ask] as const))("lays out %s with all that is served of it", (_, of) => {
    // REQ-ASK-01, REQ-ASK-03: the words are the gateway's, so none is made up and none is left out
    const text = card(of).textContent
    const { title, outcome, warnings, answers, questions, no_grant, runs, hidden } = of.display
    expect(text).toContain(title)
    for (const { head, text: why } of warnings) expect(text).toContain(head + (text?.includes(`${head}: `) ? ": " : "") + plain(why))
    if (outcome) expect(text).toContain(`${outcome.label} ${plain(outcome.sentence)}`)
    if (isOpen(of)) for (const { options, question } of questions) for (const words of [question, ...options.map(({ label }) => label)]) expect(text).toContain(words)
    // A question has its options, and a form its own button.
    for (const { key, label } of answers) if (key !== "answers" && key !== "configured" && key !== "grant") expect(text).toContain(label)
    if (runs && isOpen(of)) for (const line of runs.lines) expect(text).toContain(line)
    if (hidden) expect(text).toContain(`${hidden}Show it to me`)
    if (no_grant) expect(text).toContain(no_grant)
    // For how long is in a menu, which is drawn when it is opened.
    if (answers.some(({ key }) => key === "grant")) expect(text).toContain("Don't ask again")
  })

  it("has what each kind takes", () => {
    // REQ-ASK-01, REQ-ASK-02
    expect(buttons(card(ask()))).toEqual(["Allow once", "Deny", "Always allow npm test *", "Deny with a reason…"])
    expect(buttons(card(ask("held command")))).toEqual(["Allow once", "Deny", "Deny with a reason…"])
    expect(buttons(card(ask("gate")))).toEqual(["Continue", "Deny", "Deny with a reason…"])
    expect(buttons(card(ask("question")))).toEqual(["PostgresRecommendedGrows", "SQLite", "Write your own answer"])
    expect(buttons(card(ask("move to workspace")))).toEqual(["Save and continue", "Deny"])
  })

  it.each(["bash", "held change", "gate", "question", "move to workspace", "timed out"])("%s: nothing can be pressed without a connection", (name) => {
    // REQ-CONSOLE-01
    const offline = card(ask(name), false)
    expect([...offline.querySelectorAll("button")].every((button) => button.disabled)).toBe(true)
    // The bar at the top says why, once (B32).
    expect(offline.textContent).not.toContain("offline")
  })

  it.each(["saved", "allowed", "answered in OpenCode", "allowed late", "withdrawn", "superseded"])("has no answer's button once it is %s", (name) => {
    // REQ-ASK-08
    const settled = card(ask(name))
    expect(buttons(settled)).toEqual([])
    expect(settled.querySelector("[data-outcome]")?.textContent).toBeTruthy()
  })

  it("offers no always where two people are needed, and says who allowed it so far", () => {
    // REQ-ASK-10
    const risky = card(ask("approved by one"))
    expect(buttons(risky)).toEqual(["Allow once", "Deny", "Deny with a reason…"])
    expect(risky.textContent).toContain("It leaves this machine")
    expect(risky.textContent).toContain("Approved by Anna")
  })

  it("shows the first of two approvers no button that does nothing (B28)", () => {
    // REQ-ASK-10
    const risky = ask("approved by one", { first_approval })
    expect(buttons(card(risky, true, "web:ben"))).toEqual(["Deny instead"])
    expect(card(risky, true, "web:ben").textContent).toContain("Waiting for a second approver")
    expect(buttons(card(risky, true, "slack:ben"))).toContain("Allow once")
    expect(buttons(card(risky, false, "web:ben"))).toEqual(["Deny instead"])
    expect(card(risky, false, "web:ben").querySelector("button")?.disabled).toBe(true)
  })

  it("still takes an answer when nobody gave one in time, and says that nobody did (B6)", () => {
    // REQ-ASK-07
    const over = card(ask("timed out"))
    expect(over.querySelector("[data-expired]")?.textContent).toBe("Nobody answered")
    expect(over.textContent).toContain("Denied automatically.")
    expect(buttons(over)).toEqual(["Allow anyway", "Deny", "Tell the agent why not…"])
    const { display, ...question } = ask("question")
    const late = { ...question, state: "timed_out", display: { ...ask("timed out").display, questions: display.questions, answers: [{ key: "answers", label: "Answer anyway…", primary: false }] } }
    expect(buttons(card(late as AskView))).toEqual(["Answer anyway…"])
  })

  it("warns when its time is almost over (B6)", () => {
    // REQ-ASK-05
    const until = (ms: number) => {
      const deadline = new Date(Date.now() + ms).toISOString()
      const terms = { ...ask().display.terms, silence: [{ part: "text", text: "Denied " }, { part: "deadline", at: deadline }] as AskView["display"]["terms"]["silence"] }
      return card(worded(ask("bash", { deadline }), { terms }))
    }
    expect(until(40_000).querySelector("[data-soon=true]")?.textContent).toMatch(/^Less than a minute left. Denied in 0:\d\d/)
    expect(until(140_000).querySelector("[data-soon=true]")).toBeNull()
  })

  it("says what stands out in what would run, and lets the eye fall on no button that allows it (B13)", () => {
    // REQ-GATE-06
    const dangerous = card(ask("dangerous"))
    expect(dangerous.querySelector("[data-dangers]")?.textContent).toBe("Deletes files or data: rm -rf build")
    expect(dangerous.querySelector("[data-answer=once]")?.className).toContain("button-caution")
    expect(card(ask()).querySelector("[data-answer=once]")?.className).toContain("button-primary")
    expect(card(ask()).querySelector("[data-dangers]")).toBeNull()
  })

  it("shows a diff as a diff, and a hostile one as text", () => {
    // REQ-ASK-01, REQ-THREAD-07
    const diff = "--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-old\n+<img src=x onerror=alert(1)>\n"
    const drawn = card({ ...ask("edit"), metadata: { diff, filepath: "/work/shop/x.rs" } } as AskView)
    expect(drawn.querySelector("img")).toBeNull()
    expect(drawn.querySelectorAll("tr")).toHaveLength(2)
    expect(drawn.textContent).toContain("<img src=x onerror=alert(1)>")
  })

  it("names fields that a configuration needs", () => {
    const form = card(ask("move to workspace"))
    expect([...form.querySelectorAll("label")].map((label) => label.textContent)).toEqual(["Project", "Workspace name", "Categoryoptional"])
    expect(form.querySelector<HTMLButtonElement>("button[type=submit]")?.disabled).toBe(true)
  })
})
