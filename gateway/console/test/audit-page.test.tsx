import { describe, expect, it } from "vitest"
import type { ChainedEntry } from "../src/api/types.gen.ts"
import { AskCard } from "../src/asks/ask-card.tsx"
import { Entry } from "../src/audit/entry.tsx"
import { evidence } from "../src/audit/evidence.ts"
import { asked, narrows, readSearch } from "../src/audit/filter.ts"
import { drawn } from "./drawn.tsx"
import { ask } from "./samples.ts"

const ENTRY: ChainedEntry = {
  number: 7, at: "2026-11-28T15:00:00Z", who: "web:anna", what: "answered", session: "ses_1", ask: "per_1", digest: "d1", previous: "p", hash: "h1",
  answer: '{"answer":"once"}', subject: "git push", title: "Fix login",
}

describe("an entry", () => {
  it("says who did what about what, and leads to the session", () => {
    // REQ-PROOF-01
    const row = drawn(<Entry entry={ENTRY} />)
    expect(row.querySelector("p")?.textContent).toBe("anna answered: Allowed once")
    expect(row.querySelector("pre")?.textContent).toBe("git push")
    expect(row.querySelector("a")?.getAttribute("href")).toBe("/sessions/ses_1")
  })

  it("says that it is the gateway's word, and what there is beside it", () => {
    // REQ-PROOF-01
    const proof = drawn(<Entry entry={ENTRY} />).querySelector("[data-proof]")!
    expect(proof.querySelector("summary")?.textContent).toBe("Proven by the gateway's word")
    expect([...proof.querySelectorAll("dt")].map((name) => name.textContent)).toEqual(["Who", "Rule", "Request", "Digest of what was asked", "Hash of this entry", "What that shows"])
    expect(proof.textContent).toContain("A name of the person's own choice")
    expect(proof.textContent).toContain("RuleNot in this entry")
    expect(proof.textContent).toContain("the person signed nothing")
  })

  it("names the rule by which the gateway decided, and hides no characters", () => {
    // REQ-GATE-06
    const row = drawn(<Entry entry={{ ...ENTRY, who: "gateway", what: "denied_by_rule", answer: '{"verdict":"deny","rule":"no \u202Epush"}', subject: "a\u200Bb" }} />)
    expect(row.textContent).toContain("Ruleno ⟨U+202E⟩push")
    expect(row.textContent).toContain("a⟨U+200B⟩b")
    expect(row.textContent).toContain("denied by rule")
  })
})

describe("how somebody is known", () => {
  it("goes by the kind of account, and promises nothing of a kind it doesn't know", () => {
    // REQ-WHO-02
    const who = (id: string) => evidence({ who: id, answer: "" }).who
    expect(who("slack:T1:U1")).toBe("A Slack account, as Slack named it")
    expect(who("oidc:https://id.example.com#u-1")).toBe("An account that its sign-in service vouched for")
    for (const claimed of ["web:anna", "api:anna"]) expect(who(claimed)).toContain("own choice")
    expect(who("api:operator")).toBe("Someone with the API token")
    expect(who("gateway")).toBe("The gateway itself, no person")
    for (const odd of ["ldap:anna", "", "__proto__"]) expect(who(odd)).toContain("doesn't know")
  })

  it("has the rule only where the entry has it", () => {
    for (const none of ["", "closed", "null", "7", '{"answer":"once"}', '{"rule":{}}']) expect(evidence({ who: "gateway", answer: none }).rule).toBeUndefined()
    expect(evidence({ who: "gateway", answer: '{"verdict":"allow","rule":"grant grt_1"}' }).rule).toBe("grant grt_1")
  })
})

describe("the filter", () => {
  it("is what the address says, and nothing that it can't say", () => {
    const search = { session: "ses_1", ask: 7, person: "anna", text: "push", kind: "alarm", from: "2026-11-01", until: "2026-11-29" }
    expect(readSearch(search)).toEqual({ ...search, ask: "7" })
    expect(readSearch({ kind: "toString", from: "yesterday", until: "2026-13", text: "", other: "x" })).toEqual({})
    expect([narrows({}), narrows({ kind: "rule" })]).toEqual([false, true])
  })

  it("asks for whole days as they are here", () => {
    const { from, until, ...rest } = asked({ from: "2026-11-28", until: "2026-11-29", text: "push" })
    expect(rest).toEqual({ text: "push" })
    expect(new Date(from!)).toEqual(new Date(2026, 10, 28))
    expect(new Date(until!)).toEqual(new Date(2026, 10, 30))
    expect(asked({ until: "2026-12-31" }).until).toBe(new Date(2027, 0, 1).toISOString())
    expect(asked({})).toEqual({})
  })
})

describe("a settled card", () => {
  it("leads to its entry, one that nobody decided to none", () => {
    const link = (name: string) => drawn(<AskCard ask={ask(name)} live />).querySelector("[data-audit]")?.getAttribute("href")
    for (const settled of ["saved", "allowed", "denied", "timed out", "allowed late"]) expect(link(settled), settled).toBe("/audit?ask=per_1")
    for (const undecided of ["held command", "withdrawn", "answered in OpenCode"]) expect(link(undecided), undecided).toBeUndefined()
  })
})
