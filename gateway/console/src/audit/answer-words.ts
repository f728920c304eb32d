// What was answered, as the log keeps it: JSON that nobody wants to read.
import type { Answer } from "../api/types.gen.ts"

/** What is no answer is shown as it is. */
export function answerWords(kept: string): string {
  try {
    return words(JSON.parse(kept) as Answer) ?? kept
  } catch {
    return kept
  }
}

function words(answer: Answer): string | undefined {
  switch (answer.answer) {
    case "once":
      return "Allowed once"
    case "always":
      return "Always allowed"
    case "deny":
      return `Denied${answer.reason ? ` (“${answer.reason}”)` : ""}`
    case "answers":
      return `Answered “${answer.answers.map((labels) => labels.join(", ")).join("; ")}”`
    case "configured":
      return "Set up"
  }
}
