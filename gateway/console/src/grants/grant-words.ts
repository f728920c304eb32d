// What is said of a grant, in a few words each.
import { left, when } from "../lib/time.ts"
import type { GrantView } from "../api/types.gen.ts"

export function isInForce({ state }: GrantView): boolean {
  return state === "in_force"
}

/** Until when it holds, or why it does not hold any longer. */
export function untilWords({ state, for: lasts, ends }: GrantView, now: number): string {
  switch (state) {
    case "in_force":
      if (ends) return `${when(ends)} (${left(ends, now)} left)`
      return lasts === "session" ? "The session is closed" : "Someone revokes it"
    case "over":
      return ends ? when(ends) : "The session was closed"
    case "revoked":
      return "Revoked"
    case "rules_changed":
      return "The rules changed"
  }
}

export function usedWords({ uses, last_used }: GrantView): string {
  if (uses === 0) return "Not yet"
  if (uses === 1) return last_used ? `Once, ${when(last_used)}` : "Once"
  return `${uses} times${last_used ? `, last ${when(last_used)}` : ""}`
}

/** Those in which all words stand: what it covers, where, and who gave it. */
export function matching(grants: GrantView[], wanted: string, titles: ReadonlyMap<string, string>): GrantView[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return grants
  return grants.filter((grant) => {
    const { tool, pattern, title, project = "", given_by } = grant
    const text = [tool, pattern, title, project, titles.get(project), given_by.name].join("\n").toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** Those that count in this session: its own ones, and those of its project. */
export function ofSession(grants: GrantView[], session: string, project: string | undefined): GrantView[] {
  return grants.filter((grant) => (grant.project === undefined ? grant.session === session : grant.project === project))
}
