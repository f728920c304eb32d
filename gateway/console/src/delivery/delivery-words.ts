// What can be done about deliveries, and what is said of them in a few words.
import type { DeliveryBudget, DeliveryView, DeliveryWish, Doing, PullLink, SessionCard } from "../api/types.gen.ts"

const RESTS: Doing[] = ["idle", "failed", "paused"]

/** It has files of its own to deliver, and the agent rests. */
export function canDeliver({ workspace, ended, doing }: Pick<SessionCard, "workspace" | "ended" | "doing">): boolean {
  return Boolean(workspace) && !ended && RESTS.includes(doing)
}

export const STANDINGS = {
  decision: "Needs a decision",
  under_way: "Under way",
  review: "In review",
  over: "Over",
}

export type Standing = keyof typeof STANDINGS

const DECISIONS = ["plan_asked", "budget_asked", "asked", "needs_person", "moved", "refused"]
const REVIEWS = ["reviewable", "in_review", "approved"]

/** A stage that this page doesn't know is of a newer gateway: it is under way. */
export function standingOf({ stage, over }: { stage: string; over?: boolean }): Standing {
  if (over) return "over"
  if (DECISIONS.includes(stage)) return "decision"
  return REVIEWS.includes(stage) ? "review" : "under_way"
}

export function isStanding(word: unknown): word is Standing {
  return typeof word === "string" && Object.hasOwn(STANDINGS, word)
}

export type Tone = "good" | "bad" | "warn" | "accent" | "plain"

const BAD = ["failed", "refused"]

/** What catches the eye: what went wrong, what needs a person, what is done. */
export function toneOf(delivery: { stage: string; over?: boolean }): Tone {
  if (BAD.includes(delivery.stage)) return "bad"
  if (delivery.stage === "merged") return "good"
  return standingOf(delivery) === "decision" ? "accent" : "plain"
}

export function riskTone(risk: string): Tone {
  if (risk === "high") return "bad"
  return risk === "medium" ? "warn" : "plain"
}

export function riskWord(risk: string): string {
  return `${risk.charAt(0).toUpperCase()}${risk.slice(1)} risk`
}

export function pullLabel({ number }: PullLink): string {
  return `#${number}`
}

/** `small_bugfix` is for programs. */
export function kindWord(kind: string): string {
  return kind.replaceAll("_", " ")
}

/** What a press of a button sends: no more than the gateway's word. */
export type SteerKey = Exclude<DeliveryWish["wish"], "raise">

const FIXABLE = ["needs_person", "waiting_ci", "in_review", "approved"]
const ADDRESSABLE = ["needs_person", "in_review", "approved"]
const AT_WORK = ["working", "fixing", "budget_asked"]

/** What fits how it stands, as far as that can be seen from here; the gateway says why where it doesn't. */
export function wishesFor({ stage, over, paused }: Pick<DeliveryView, "stage" | "over" | "paused">): SteerKey[] {
  if (over) return []
  if (paused) return ["resume", "stop"]
  const fitting: [SteerKey, string[]][] = [["deliver", AT_WORK], ["take_in", ["moved"]], ["fix", FIXABLE], ["address", ADDRESSABLE]]
  return [...fitting.filter(([, stages]) => stages.includes(stage)).map(([wish]) => wish), "pause", "stop"]
}

/** How much of what it can use is used, as people count it. */
export function budgetWords({ of, used, max }: DeliveryBudget): { name: string; words: string } {
  const { name, say } = COUNTED[of] ?? { name: kindWord(of), say: (count: number) => count.toLocaleString("en") }
  return { name, words: max > 0 ? `${say(used)} of ${say(max)}` : say(used) }
}

const COUNTED: Record<string, { name: string; say(count: number): string }> = {
  tokens: { name: "Tokens", say: (count) => count.toLocaleString("en") },
  cost_cents: { name: "Cost", say: (count) => (count / 100).toFixed(2) },
  seconds: { name: "Time", say: (count) => minutes(count) },
}

function minutes(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  const whole = Math.floor(seconds / 60)
  return whole < 60 ? `${whole} min` : `${Math.floor(whole / 60)} h${whole % 60 > 0 ? ` ${whole % 60} min` : ""}`
}
