import { describe, expect, it } from "vitest"
import type { OpenReview } from "../src/api/types.gen.ts"
import { Review } from "../src/audit/open-reviews.tsx"
import { drawn } from "./drawn.tsx"

const review = (change: Partial<OpenReview> = {}): OpenReview => ({
  ask: "per_1", session: "ses_1", what: "git push", by: { id: "github:github.com#7", name: "Do\u202Era" }, at: "2026-01-03T11:00:00Z", reason: "The shop is down.",
  due: "2999-01-04T11:00:00Z", who: "People of owners or release can review it, but not the person who overrode the rules.", ...change,
})

describe("an override to review", () => {
  it("says who, what, why and until when, and hides no characters", () => {
    // REQ-RULES-05
    const shown = drawn(<Review review={review()} />)
    expect(shown.textContent).toContain("Do⟨U+202E⟩ra overrode the rules")
    expect(shown.querySelector("pre")?.textContent).toBe("git push")
    expect(shown.textContent).toContain("“The shop is down.”")
    expect(shown.textContent).toContain("To be reviewed until")
    expect(shown.textContent).toContain("owners or release")
    expect(shown.querySelector("a")?.getAttribute("href")).toBe("/sessions/ses_1")
    expect([...shown.querySelectorAll("button")].map((button) => button.textContent)).toEqual(["Review…"])
  })

  it("says when nobody looked in time", () => {
    // REQ-RULES-05
    expect(drawn(<Review review={review({ due: "2020-01-01T00:00:00Z" })} />).textContent).toContain("It was not reviewed in time")
  })
})
