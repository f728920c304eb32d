// @vitest-environment node
import { expect, test } from "vitest"
import { budgetWords, canDeliver, isStanding, kindWord, pullLabel, riskTone, riskWord, standingOf, toneOf, wishesFor } from "../src/delivery/delivery-words.ts"

const workspace = { name: "shop-login", repositories: ["web"] }

test("REQ-DELIVER-01 only a session with a workspace is delivered, and only while its agent rests", () => {
  expect(canDeliver({ doing: "idle" })).toBe(false)
  for (const doing of ["idle", "failed", "paused"] as const) expect(canDeliver({ workspace, doing })).toBe(true)
  for (const doing of ["working", "waiting", "ended"] as const) expect(canDeliver({ workspace, doing })).toBe(false)
  expect(canDeliver({ workspace, doing: "idle", ended: { how: "completed", by: "anna", at: "" } })).toBe(false)
})

test("REQ-DELIVER-02 every stage is in one of four lists, one that is new is under way", () => {
  expect(["plan_asked", "asked", "needs_person", "moved", "refused", "budget_asked"].map((stage) => standingOf({ stage }))).toEqual(Array(6).fill("decision"))
  expect(["reviewable", "in_review", "approved"].map((stage) => standingOf({ stage }))).toEqual(Array(3).fill("review"))
  expect(["working", "waiting_ci", "of_tomorrow"].map((stage) => standingOf({ stage }))).toEqual(Array(3).fill("under_way"))
  expect(standingOf({ stage: "merged", over: true })).toBe("over")
  expect([isStanding("review"), isStanding("toString"), isStanding(undefined)]).toEqual([true, false, false])
})

test("REQ-DELIVER-16 what is over can't be steered, and what is paused only continues or stops", () => {
  const wishes = (stage: string, change = {}) => wishesFor({ stage, over: false, paused: false, ...change })
  expect(wishes("merged", { over: true })).toEqual([])
  expect(wishes("waiting_ci", { paused: true })).toEqual(["resume", "stop"])
  expect(wishes("waiting_ci")).toEqual(["fix", "pause", "stop"])
  expect(wishes("in_review")).toEqual(["fix", "address", "pause", "stop"])
  expect(wishes("moved")).toEqual(["take_in", "pause", "stop"])
  expect(wishes("working")).toEqual(["deliver", "pause", "stop"])
})

test("REQ-DELIVER-07 a risk stands out by how high it is", () => {
  expect(["low", "medium", "high"].map(riskTone)).toEqual(["plain", "warn", "bad"])
  expect(riskWord("medium")).toBe("Medium risk")
  expect([toneOf({ stage: "asked" }), toneOf({ stage: "failed", over: true }), toneOf({ stage: "merged", over: true }), toneOf({ stage: "pushing" })]).toEqual(["accent", "bad", "good", "plain"])
})

test("REQ-DELIVER-02 a budget is counted as people count", () => {
  expect(budgetWords({ of: "tokens", used: 12_345, max: 200_000 })).toEqual({ name: "Tokens", words: "12,345 of 200,000" })
  expect(budgetWords({ of: "cost_cents", used: 1234, max: 5000 })).toEqual({ name: "Cost", words: "12.34 of 50.00" })
  expect(budgetWords({ of: "seconds", used: 45, max: 5400 }).words).toBe("45 s of 1 h 30 min")
  expect(budgetWords({ of: "tokens", used: 7, max: 0 }).words).toBe("7")
  expect(budgetWords({ of: "tool_calls", used: 7, max: 9 })).toEqual({ name: "tool calls", words: "7 of 9" })
  expect([kindWord("small_bugfix"), pullLabel({ number: 482, url: "" })]).toEqual(["small bugfix", "#482"])
})
