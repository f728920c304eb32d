// What the page asks of a request besides what it shows. What it says is served with it (`display`).
import type { AskView } from "../api/types.gen.ts"

/** An answer counts, and in time. */
export function isOpen({ display }: AskView): boolean {
  return display.answers.length > 0 && display.standing.kind !== "timed_out"
}

/** Nobody answered in time, and an answer still reaches the agent. */
export function takesLate({ display }: AskView): boolean {
  return display.answers.length > 0 && display.standing.kind === "timed_out"
}

export const SOON_MS = 60_000

/** A person who looks now has to hurry. */
export function endsSoon(ask: AskView, now: number): boolean {
  return isOpen(ask) && ask.deadline !== undefined && ask.rules.on_silence !== "remind" && new Date(ask.deadline).getTime() - now < SOON_MS
}
