import { describe, expect, it } from "vitest"
import type { CheckRun, SessionCard } from "../src/api/types.gen.ts"
import { Checks } from "../src/thread/checks.tsx"
import { drawn } from "./drawn.tsx"
import { card } from "./samples.ts"

const spec = { name: "npm test", kind: "unit", work: { does: "run", command: "npm test" }, limit_seconds: 600, found_in: "package.json", script: "node --test" } as const
const run = (change: Partial<CheckRun>): CheckRun => ({ id: "chk_1", batch: "chk_0", spec, by: "anna", wanted_at: "2026-11-30T10:00:00Z", ...change })
const ended = (verdict: string, more = {}) => run({ ended_at: "2026-11-30T10:00:12Z", end: { verdict, took_ms: 12_400, printed_bytes: 9, ...more } as CheckRun["end"] })
const text = (checks: CheckRun[], change: Partial<SessionCard> = {}) => drawn(<Checks card={card({ checks, ...change })} />).textContent

describe("checks of a session", () => {
  it("a check says how it ended, and which tests failed (REQ-CHECK-02)", () => {
    const report = { format: "TAP", passed: 44, failed: 12, skipped: 1, failures: ["login \u202eworks", "logout"] }
    const told = text([ended("failed", { report, why: "Look at it.", code: { commit: "3f786850e387550f", uncommitted: true } })])
    expect(told).toContain("Failed · 44/56 passing, 1 skipped · 12 s")
    expect(told).toContain("login ⟨U+202E⟩works")
    expect(told).toContain("and 10 more")
    expect(told).toContain("On 3f786850 with uncommitted changes")
    expect(told).toContain("Output")
  })

  it("one that runs can be stopped, and what it runs is told", () => {
    const told = text([run({ started_at: new Date().toISOString() })])
    expect(told).toContain("node --test")
    expect(told).toContain("Running")
    expect(told).toContain("Stop checks")
    expect(text([run({})])).toContain("Waiting for its turn")
  })

  it("one that was compared is there twice, and only the work is run again (REQ-CHECK-06)", () => {
    const both = [{ ...ended("failed"), before: true }, { ...ended("passed"), id: "chk_2" }]
    const page = drawn(<Checks card={card({ checks: both })} />)
    expect([...page.querySelectorAll("li")].map((one) => one.textContent)).toEqual(["npm testnode --testBefore the changeFailed · 12 sOutput", "npm testnode --testPassed · 12 sOutput"])
    expect([...page.querySelectorAll("li button[aria-label]")].map((one) => one.getAttribute("aria-label"))).toEqual(["Compare npm test before and after the change", "Run npm test"])
  })

  it("a verdict of a newer gateway is no fault, and without an agent nothing runs", () => {
    expect(text([ended("of_tomorrow")])).toContain("Result unclear")
    expect(text([], { online: false })).toBe("Agent offline; checks can't run right now.")
  })
})
