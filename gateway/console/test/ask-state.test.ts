import { describe, expect, it } from "vitest"
import { endsSoon, isOpen, takesLate } from "../src/asks/ask-state.ts"
import { plain } from "../src/asks/phrase.tsx"
import { ask, SERVED } from "./samples.ts"

const at = (time: string) => new Date(`2026-11-21T${time}Z`).getTime()

describe("whether an ask can be answered", () => {
  it("can, as long as an answer is served with it", () => {
    // REQ-ASK-01, REQ-ASK-07, REQ-ASK-08
    const standing = (of: typeof isOpen) => SERVED.filter((sample) => of(sample.ask)).map((sample) => sample.name)
    expect(standing(takesLate)).toEqual(["timed out"])
    const closed = SERVED.map((sample) => sample.name).filter((name) => !standing(isOpen).includes(name))
    expect(closed).toEqual(["saved", "allowed", "granted", "allowed by two", "denied", "timed out", "allowed late", "denied late", "answered in OpenCode", "withdrawn", "superseded"])
  })

  it("soon no more in the last minute, unless it only reminds then", () => {
    // REQ-ASK-05
    expect([endsSoon(ask(), at("10:03:00")), endsSoon(ask(), at("10:04:30"))]).toEqual([false, true])
    expect(endsSoon(ask("question"), at("11:59:30"))).toBe(false)
    expect(endsSoon(ask("allowed"), at("10:04:30"))).toBe(false)
  })
})

describe("a sentence of the gateway", () => {
  it("is drawn part by part", () => {
    // REQ-ASK-01, REQ-ASK-05, REQ-ASK-10
    expect(plain(ask().display.terms.silence, at("10:00:01"))).toBe("Denied automatically in 4:59 if nobody answers.")
    expect(plain(ask().display.terms.who)).toBe("Anyone signed in can answer.")
    expect(plain(ask("two approvals").display.terms.who)).toBe("anna, T1:U1 can answer.")
    expect(plain(ask().display.summary)).toBe("Run npm test?")
    expect(plain([{ part: "quote", text: "no" }, { part: "text", text: " by " }, { part: "person", id: "web:ann", name: "Ann" }])).toBe("“no” by Ann")
  })

  it("says afterwards who answered, and what", () => {
    // REQ-ASK-03, REQ-ASK-07
    expect(ask("denied").display.outcome).toMatchObject({ tone: "bad", label: "Denied" })
    expect(plain(ask("denied").display.outcome!.sentence)).toMatch(/^By Ben, .*\. “Use the other one”$/)
  })
})
