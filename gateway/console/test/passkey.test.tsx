import { describe, expect, it } from "vitest"
import { AskCard } from "../src/asks/ask-card.tsx"
import { Entry } from "../src/audit/entry.tsx"
import { bytes, elsewhere, text, wordsFor } from "../src/lib/passkey.ts"
import { drawn } from "./drawn.tsx"
import { ask, worded } from "./samples.ts"

describe("passkeys in the browser", () => {
  it("keep bytes as they are", () => {
    // REQ-WHO-03
    const all = Uint8Array.from({ length: 256 }, (_, at) => at)
    expect([...bytes(text(all.buffer))]).toEqual([...all])
    expect(text(Uint8Array.of(251, 255).buffer)).toBe("-_8")
  })

  it("say why this page can't use them, and where the same page can", () => {
    // REQ-WHO-03
    expect(elsewhere(location.origin)).toBeUndefined()
    expect(elsewhere(undefined)).toBeUndefined()
    expect(elsewhere("https://gateway.example.com")?.words).toContain("work at https://gateway.example.com only")
    expect(elsewhere("https://gateway.example.com")?.url).toContain("https://gateway.example.com/")
  })

  it("tell what went wrong in plain words", () => {
    // REQ-WHO-03
    const named = (name: string) => wordsFor(Object.assign(new Error("x"), { name }), "https://gateway.test")
    expect(named("NotAllowedError")).toContain("cancelled")
    expect(named("SecurityError")).toContain("https://gateway.test")
    expect(named("InvalidStateError")).toContain("already has a passkey")
    expect(named("Odd")).toContain("Nothing was sent")
  })
})

describe("a card that needs a passkey", () => {
  it("says so on its button, and denies without one", () => {
    // REQ-WHO-03
    const risky = ask("approved by one")
    const answers = risky.display.answers.map((choice) => (choice.key === "once" ? { ...choice, label: "Approve with passkey", proof: "passkey" as const } : choice))
    const card = drawn(<AskCard ask={worded({ ...risky, rules: { ...risky.rules, proof: "passkey" } } as typeof risky, { answers })} live />)
    const buttons = [...card.querySelectorAll("button")].map((button) => button.textContent)
    expect(buttons).toEqual(["Approve with passkey", "Deny", "Deny with a reason…"])
  })
})

describe("an entry that a passkey signed", () => {
  it("says so, and how to check it", () => {
    // REQ-WHO-03, REQ-PROOF-01
    const signed = { statement: '{"answer":"once"}', credential: "c", authenticator_data: "a", client_data_json: "d", signature: "s" }
    const row = drawn(
      <Entry entry={{ number: 7, at: "2026-11-28T15:00:00Z", who: "oidc:https://id.test#anna", what: "answered", session: "ses_1", ask: "per_1", digest: "d1", previous: "p", hash: "h1", answer: '{"answer":"once"}', signed }} />,
    )
    const proof = row.querySelector("[data-proof]")!
    expect(proof.querySelector("summary")?.textContent).toBe("Signed by the person's passkey")
    expect(proof.textContent).toContain("gateway audit prove 7 --to FOLDER")
    expect(proof.textContent).not.toContain("the person signed nothing")
  })
})
