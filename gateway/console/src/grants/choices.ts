// The answers that are grants: calls like this one run without asking, for as long as is chosen.
import type { Answer, AnswerChoice, AskView, GrantFor } from "../api/types.gen.ts"

export type GrantChoice = AnswerChoice & { for: GrantFor }

export function grantChoices(ask: AskView): GrantChoice[] {
  return ask.display.answers.filter((choice): choice is GrantChoice => choice.key === "grant" && choice.for !== undefined)
}

/** Without a pattern it is for exactly this call. */
export function grantAnswer(lasts: GrantFor, pattern?: string): Answer {
  return { answer: "grant", for: lasts, ...(pattern ? { pattern } : {}) }
}
