import { describe, expect, it } from "vitest"
import type { GrantView } from "../src/api/types.gen.ts"
import { AskCard } from "../src/asks/ask-card.tsx"
import { GrantForm } from "../src/asks/grant.tsx"
import { type GrantChoice, grantAnswer } from "../src/grants/choices.ts"
import { GrantList } from "../src/grants/grant-list.tsx"
import { matching, ofSession, untilWords, usedWords } from "../src/grants/grant-words.ts"
import { drawn } from "./drawn.tsx"
import { ask } from "./samples.ts"

const NOW = Date.parse("2026-01-03T12:00:00Z")
const TITLES = new Map([["P-001", "Shop"]])

const choice = (lasts: GrantChoice["for"], change: Partial<GrantChoice> = {}): GrantChoice =>
  ({ key: "grant", for: lasts, label: `Allow for ${lasts}`, primary: false, covers: ["npm test"], confirm: "From now on agents can do this without asking:", ...change })

const grant = (change: Partial<GrantView> = {}): GrantView => ({
  id: "grt_1", tool: "bash", pattern: "npm test", exact: true, for: "session", session: "ses_1", title: "Fix login", given_by: { id: "web:anna", name: "anna" },
  given_at: "2026-01-03T11:00:00Z", uses: 3, last_used: "2026-01-03T11:30:00Z", ask: "per_1", state: "in_force", sentence: "`npm test` in this session", ...change,
})

const buttons = (element: HTMLElement) => [...element.querySelectorAll("button")].map((button) => button.textContent)
const list = (grants: GrantView[]) => drawn(<GrantList grants={grants} titles={TITLES} onRevoke={() => {}} />)

describe("a held call", () => {
  it("has its grants in a menu beside the button that allows it once", () => {
    // REQ-GATE-08
    const card = drawn(<AskCard ask={ask("held command to be granted")} live />)
    expect(buttons(card)).toEqual(["Allow once", "Don't ask again", "Deny", "Deny with a reason…"])
    expect(card.querySelector("[data-answer=grant]")?.getAttribute("aria-haspopup")).toBe("menu")
  })

  it("has no such menu where none can be given, and says why", () => {
    // REQ-GATE-08
    const card = drawn(<AskCard ask={ask("held command to be allowed once")} live />)
    expect(buttons(card)).toEqual(["Allow once", "Deny", "Deny with a reason…"])
    expect(card.querySelector("[data-no-grant]")?.textContent).toBe("This can only be allowed once: deletes files or data.")
    expect(drawn(<AskCard ask={ask("held command")} live />).querySelector("[data-no-grant]")).toBeNull()
  })

  it("is granted after all that it covers was shown; a wider pattern has to be chosen", () => {
    // REQ-GATE-08
    const form = (change?: Partial<GrantChoice>) => drawn(<GrantForm choice={choice("session", change)} disabled={false} onBack={() => {}} send={() => {}} />)
    expect(form().textContent).toContain("without asking:npm test")
    expect(buttons(form())).toEqual(["Allow for session", "Back"])
    expect(form().querySelector("input")).toBeNull()
    const wider = form({ wider: "npm test*" })
    expect([...wider.querySelectorAll<HTMLInputElement>("input[type=radio]")].map((radio) => radio.checked)).toEqual([true, false])
    expect(wider.textContent).not.toContain("npm test*")
    expect(grantAnswer("hour")).toEqual({ answer: "grant", for: "hour" })
    expect(grantAnswer("session", "npm test*")).toEqual({ answer: "grant", for: "session", pattern: "npm test*" })
  })
})

describe("the page of grants", () => {
  it("says what, where, until when, who gave it, how often it was used, and takes it back", () => {
    // REQ-GATE-08
    const [row] = list([grant()]).querySelectorAll("li")
    expect([...row!.querySelectorAll("dt")].map((name) => name.textContent)).toEqual(["Where", "Until", "Allowed by", "Used"])
    expect(row!.textContent).toContain("bash, exactly this")
    expect(row!.querySelector("a")?.getAttribute("href")).toBe("/sessions/ses_1")
    expect(row!.textContent).toContain("The session is closed")
    expect(row!.textContent).toContain("anna, ")
    expect(row!.textContent).toContain("3 times, last ")
    expect(row!.querySelector("button")?.getAttribute("aria-describedby")).toBe(row!.querySelector("code")?.id)
  })

  it("shows hidden characters, and folds a long pattern with how much there is of it", () => {
    // REQ-GATE-06, REQ-GATE-08
    const text = list([grant({ pattern: "rm \u202E", title: "a\u200Bb" })]).textContent
    expect(text).toContain("rm ⟨U+202E⟩")
    expect(text).toContain("a⟨U+200B⟩b")
    expect(list([grant({ pattern: "x".repeat(300) })]).textContent).toContain("x".repeat(300))
    expect(buttons(list([grant({ pattern: "x".repeat(2000) })]))).toEqual(["Show all 2000 characters", "Revoke"])
  })

  it("folds what ended below, and says when there is none", () => {
    // REQ-GATE-08
    const both = list([grant(), grant({ id: "grt_2", state: "revoked" }), grant({ id: "grt_3", state: "over" })])
    expect(both.querySelectorAll("li")).toHaveLength(1)
    expect(both.querySelector("[data-ended]")?.textContent).toBe("Ended 2")
    expect(both.querySelector("[data-ended] button")?.getAttribute("aria-expanded")).toBe("false")
    expect(list([grant({ state: "over" })]).textContent).toContain("None in force.")
    expect(list([]).textContent).toContain("No grants")
  })

  it("has a search once there are more than one sees at a glance", () => {
    const many = Array.from({ length: 500 }, (_, n) => grant({ id: `grt_${n}`, pattern: `npm run step-${n}` }))
    expect(list(many.slice(0, 7)).querySelector("input[type=search]")).not.toBeNull()
    expect(list(many.slice(0, 3)).querySelector("input")).toBeNull()
    expect(matching(many, "STEP-499 fix", TITLES)).toHaveLength(1)
    expect(matching([grant({ for: "project", project: "P-001" })], "shop", TITLES)).toHaveLength(1)
  })

  it("says until when it holds, and why it does not any longer", () => {
    // REQ-GATE-08
    const until = (change: Partial<GrantView>) => untilWords(grant(change), NOW)
    expect(until({ for: "hour", ends: "2026-01-03T12:30:00Z" })).toMatch(/\(30:00 left\)$/)
    expect(until({ for: "project" })).toBe("Someone revokes it")
    expect(until({ state: "over" })).toBe("The session was closed")
    expect(until({ state: "rules_changed" })).toBe("The rules changed")
    expect(usedWords(grant({ uses: 0, last_used: undefined }))).toBe("Not yet")
    expect(usedWords(grant({ uses: 1 }))).toMatch(/^Once, /)
  })

  it("has, of one session, those of its project too", () => {
    const all = [grant(), grant({ id: "2", session: "ses_2" }), grant({ id: "3", for: "project", session: "ses_2", project: "P-001" }), grant({ id: "4", for: "hour", session: "ses_1", project: "P-002" }), grant({ id: "5", for: "hour", session: "ses_2" })]
    expect(ofSession(all, "ses_1", "P-001").map(({ id }) => id)).toEqual(["grt_1", "3"])
    expect(ofSession(all, "ses_1", undefined).map(({ id }) => id)).toEqual(["grt_1"])
  })
})
