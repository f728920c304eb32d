// What the API says of grants, until its document has it: the same names, so that the generated types take their place.
import type { Answer, AnswerChoice, AskView } from "../api/types.gen.ts"

export type GrantFor = "session" | "hour" | "project"

/** A choice of the key `grant`. All of its texts have hidden characters written out already. */
export interface GrantChoice extends Omit<AnswerChoice, "key"> {
  key: "grant"
  for: GrantFor
  /** A pattern that covers more than this very call, where the rules let one be given. */
  wider?: string
}

export interface GrantView {
  id: string
  tool: string
  pattern: string
  /** Exactly this, and not all that is like it. */
  exact: boolean
  for: GrantFor
  /** The session in which it was given, and its title. */
  session: string
  title: string
  /** It counts in all sessions of this project; missing where it counts in its session only. */
  project?: string
  given_by: { id: string; name: string }
  given_at: string
  ends?: string
  uses: number
  last_used?: string
  ask: string
  state: "in_force" | "over" | "revoked" | "rules_changed"
  sentence: string
}

declare module "../api/types.gen.ts" {
  interface Operations {
    get_grants: { answer: { grants: GrantView[] } }
    delete_grants_id: { answer: GrantView }
  }
}

export function grantChoices(ask: AskView): GrantChoice[] {
  return (ask.display.answers as (AnswerChoice | GrantChoice)[]).filter((choice): choice is GrantChoice => choice.key === "grant")
}

/** Why nothing like it can be allowed for longer. */
export function whyNoGrant(ask: AskView): string | undefined {
  return (ask.display as { no_grant?: string }).no_grant
}

/** Without a pattern it is for exactly this call. */
export function grantAnswer(lasts: GrantFor, pattern?: string): Answer {
  return { answer: "grant", for: lasts, ...(pattern ? { pattern } : {}) } as unknown as Answer
}
