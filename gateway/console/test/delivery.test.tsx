import { describe, expect, it } from "vitest"
import type { AskView, DeliveryCard, DeliveryDetails, DeliverySheet, SessionCard } from "../src/api/types.gen.ts"
import { AskCard } from "../src/asks/ask-card.tsx"
import { DeliveryList } from "../src/delivery/deliveries-page.tsx"
import { Delivery } from "../src/delivery/delivery-page.tsx"
import { DeliveryPanel } from "../src/delivery/delivery-panel.tsx"
import { drawn } from "./drawn.tsx"
import { ask, card, worded } from "./samples.ts"

const RUN = "HB-20261128-k3f9"
const pull = { number: 482, url: "https://github.com/acme/shop/pull/482" }
const workspace = { name: "shop-login", repositories: ["web"] }

const standing: DeliveryCard = { run: RUN, repository: "acme/shop", stage: "waiting_ci", word: "Waiting for CI", because: "2 of 3 checks are running.", risk: "medium", pull }

const round = { number: 1, tree: "0123456789abcdef", files: 2, added: 14, deleted: 3, commit: "fedcba9876543210", pack: "aaaabbbbccccdddd", checks: ["npm test: 128/128 (12 s)"], deny: [], ask: ["auth: a sign-in changes"], warn: [], approvals: ["Ben allowed auth"] }

const details = (change: Partial<DeliveryDetails> = {}): DeliveryDetails => ({
  ...standing, over: false, session: "ses_12345678", title: "Fix the login", branch: "agent/login", requested_by: "Anna", begun_at: "2026-11-28T09:14:00Z", since: "2026-11-28T09:20:00Z",
  paused: false, kind: "small_bugfix", risk_because: ["It touches the sign-in."], timeline: [{ at: "2026-11-28T09:14:00Z", text: "Begun", details: ["by Anna"] }], rounds: [round],
  budget: [{ of: "seconds", used: 80, max: 600 }], ...change,
})

const panel = (change: Partial<SessionCard>, live = true) => drawn(<DeliveryPanel card={card({ workspace, doing: "idle", ...change })} live={live} />)
const buttons = (element: HTMLElement) => [...element.querySelectorAll("button")].map((button) => button.textContent)
const wishes = (change: Partial<DeliveryDetails>) => [...drawn(<Delivery delivery={details(change)} />).querySelectorAll("[data-wish]")].map((button) => button.textContent)

describe("the panel beside a session", () => {
  it("says how each stands and why, newest first, with its risk and its pull request", () => {
    // REQ-DELIVER-01, REQ-DELIVER-07
    const page = panel({ deliveries: [{ ...standing, run: "HB-20261127-aaaa", stage: "merged", word: "Merged", over: true }, standing] })
    expect([...page.querySelectorAll("[data-delivery]")].map((one) => one.getAttribute("data-delivery"))).toEqual([RUN, "HB-20261127-aaaa"])
    const first = page.querySelector(`[data-delivery="${RUN}"]`)!
    for (const words of ["Waiting for CI", "2 of 3 checks are running.", "Medium risk", "acme/shop", "#482"]) expect(first.textContent).toContain(words)
    expect([...first.querySelectorAll("a")].map((link) => link.getAttribute("href"))).toEqual([pull.url, `/deliveries/${RUN}`])
  })

  it("begins one while the agent rests, and nothing without a connection", () => {
    // REQ-DELIVER-01
    expect(buttons(panel({}))).toEqual(["Deliver"])
    expect(panel({}).textContent).toContain("Not delivered")
    expect(buttons(panel({ doing: "working" }))).toEqual([])
    expect(panel({}, false).querySelector("button")?.disabled).toBe(true)
  })

  it("shows hidden characters, and makes no link of what is none", () => {
    // REQ-CONSOLE-01, B10
    const page = panel({ deliveries: [{ ...standing, because: "a\u202Eb", pull: { number: 1, url: "javascript:alert(1)" } }] })
    expect(page.textContent).toContain("a⟨U+202E⟩b")
    expect([...page.querySelectorAll("a")].map((link) => link.getAttribute("href"))).toEqual([`/deliveries/${RUN}`])
  })
})

describe("the page of one delivery", () => {
  it("has what was measured, what the rules said, who allowed it, what it used, and what happened", () => {
    // REQ-DELIVER-02, REQ-DELIVER-07, REQ-DELIVER-13
    const page = drawn(<Delivery delivery={details()} />)
    for (const words of ["Waiting for CI", "Medium risk", "It touches the sign-in.", "small bugfix", "2 files", "+14", "−3", "npm test: 128/128 (12 s)", "auth: a sign-in changes", "Ben allowed auth", "1 min of 10 min", "Begun", "by Anna"]) expect(page.textContent).toContain(words)
    expect(page.querySelector("[data-round]")?.textContent).toContain("Tree 0123456789 · commit fedcba9876 · rules aaaabbbbcc")
    expect(page.textContent).not.toContain("Denied by the rules")
    expect(buttons(page)).toContain("Show the patch")
  })

  it("is steered as far as that fits how it stands", () => {
    // REQ-DELIVER-10, REQ-DELIVER-12, REQ-DELIVER-16
    expect(wishes({})).toEqual(["Let the agent fix CI", "Pause", "Stop…"])
    expect(wishes({ stage: "in_review" })).toEqual(["Let the agent fix CI", "Address reviews", "Pause", "Stop…"])
    expect(wishes({ paused: true })).toEqual(["Resume", "Stop…"])
    expect(wishes({ stage: "merged", over: true })).toEqual([])
  })

  it("leads to the session where something is to be decided", () => {
    // REQ-DELIVER-08
    const link = (change: Partial<DeliveryDetails>) => drawn(<Delivery delivery={details(change)} />).querySelector('a[href="/sessions/ses_12345678"]')?.textContent
    expect(link({})).toBe("Open the session")
    expect(link({ stage: "asked", word: "Needs a decision" })).toBe("Decide in the session")
  })

  it("has no patch before something was measured", () => {
    expect(buttons(drawn(<Delivery delivery={details({ rounds: [], timeline: [] })} />))).not.toContain("Show the patch")
  })
})

describe("the list of deliveries", () => {
  const all = [details(), details({ run: "HB-20261128-aaaa", title: "Pay twice", stage: "asked", word: "Needs a decision", pull: undefined }), details({ run: "HB-20261127-bbbb", title: "", stage: "merged", word: "Merged", over: true })]
  const titles = (...props: [Parameters<typeof DeliveryList>[0]["show"]?]) => [...drawn(<DeliveryList deliveries={all} show={props[0]} />).querySelectorAll("h2")].map((title) => title.textContent)

  it("is narrowed to one standing", () => {
    // REQ-DELIVER-02
    expect(titles()).toEqual(["Fix the login", "Pay twice", "HB-20261127-bbbb"])
    expect(titles("decision")).toEqual(["Pay twice"])
    expect(titles("over")).toEqual(["HB-20261127-bbbb"])
    expect(drawn(<DeliveryList deliveries={all} show="review" />).textContent).toBe("None of 3 deliveries.")
    expect(drawn(<DeliveryList deliveries={[]} />).textContent).toContain("No deliveries yet")
  })
})

describe("a request of a delivery", () => {
  const sheet: DeliverySheet = {
    run: RUN, request: "a1", repository: "acme/shop", says: "The checks are red.", details: ["1 of 3 failed: lint"], people: 2, said_yes: ["Ben"], tree: "0123456789abcdef", pack: "aaaabbbbccccdddd",
    questions: [{ question: "The checks are red.", options: ["Continue anyway", "Stop"], descriptions: [], multiple: false }], yes: "Continue anyway",
  }
  const options = sheet.questions[0]!.options.map((label) => ({ label, value: label, recommended: false }))
  const open = worded({ ...ask("question"), kind: "delivery", sheet } as unknown as AskView, { title: `Delivery ${RUN} to acme/shop`, questions: [{ question: sheet.says, options, multiple: false }] } as Partial<AskView["display"]>)

  it("has its choices as buttons, and what is to be read before", () => {
    // REQ-DELIVER-08
    const page = drawn(<AskCard ask={open} live />)
    expect(buttons(page)).toEqual(["Continue anyway", "Stop", "Write your own answer"])
    for (const words of [`Delivery ${RUN} to acme/shop`, "1 of 3 failed: lint", "2 people have to say yes. Said yes so far: Ben.", "tree 0123456789", "rules aaaabbbbcc"]) expect(page.textContent).toContain(words)
    expect(page.textContent?.split("The checks are red.")).toHaveLength(2)
    expect(page.querySelector(`a[href="/deliveries/${RUN}"]`)).not.toBeNull()
  })

  it("says what it was about once it is closed", () => {
    // REQ-DELIVER-08
    const page = drawn(<AskCard ask={worded({ ...open, state: "applied" } as AskView, { answers: [] })} live />)
    expect(buttons(page)).toEqual([])
    expect(page.textContent).toContain("The checks are red.")
    expect(page.textContent).not.toContain("people have to say yes")
  })
})
