// What was answered or decided, as the log keeps it: JSON that nobody wants to read.
import type { Answer, GrantFor } from "../api/types.gen.ts"

/** What the gate decided by itself, and what went past it. */
type ByGate = { rule: string; calls?: number } | { why: string } | { alarm: string }

/** What is no answer is shown as it is. */
export function answerWords(kept: string): string {
  try {
    const read = JSON.parse(kept) as Answer | ByGate
    return ("answer" in read ? words(read) : byGate(read)) ?? kept
  } catch {
    return kept
  }
}

const LASTS: Record<GrantFor, string> = { session: "in the session", hour: "for one hour", project: "in the project" }

function words(answer: Answer): string | undefined {
  switch (answer.answer) {
    case "once":
      return "Allowed once"
    case "always":
      return "Always allowed"
    case "grant":
      return `Allowed ${LASTS[answer.for]}${answer.pattern ? ` (${answer.pattern})` : ""}`
    case "deny":
      return `Denied${answer.reason ? ` (“${answer.reason}”)` : ""}`
    case "answers":
      return `Answered “${answer.answers.map((labels) => labels.join(", ")).join("; ")}”`
    case "configured":
      return "Set up"
  }
}

function byGate(decided: ByGate): string | undefined {
  if ("rule" in decided) return `${decided.rule}${decided.calls ? `, ${decided.calls} calls` : ""}`
  return "why" in decided ? decided.why : decided.alarm
}
