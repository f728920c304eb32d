// How an entry is proven, said as it is: what the log itself shows, and what is the gateway's word.
import type { ChainedEntry, SignedAnswer } from "../api/types.gen.ts"

export interface Evidence {
  /** Who it was, and how the gateway knows. */
  who: string
  /** What the decision rests on; none where the entry doesn't have it. */
  rule?: string
  /** What the person's passkey signed. */
  signed?: SignedAnswer
}

export function evidence(entry: Pick<ChainedEntry, "who" | "answer" | "signed">): Evidence {
  const rule = ruleOf(entry.answer)
  return { who: account(entry.who), ...(rule ? { rule } : {}), ...(entry.signed ? { signed: entry.signed } : {}) }
}

/** By the kind of account that the id begins with. */
function account(who: string): string {
  const kind = who.split(":", 1)[0]
  switch (kind) {
    case "gateway":
      return "The gateway itself, no person"
    case "slack":
      return "A Slack account, as Slack named it"
    case "oidc":
      return "An account that its sign-in service vouched for"
    case "github":
      return "A GitHub account that GitHub vouched for"
    case "proxy":
      return "An account that the sign-in proxy named"
    case "web":
    case "api":
      return who === "api:operator" ? "Someone with the API token" : "A name of the person's own choice; anyone with the API token can choose it"
    default:
      return "An account of a kind that this page doesn't know"
  }
}

/** The gate's own verdicts name their rule. */
function ruleOf(answer: string): string | undefined {
  try {
    const read: unknown = JSON.parse(answer)
    return typeof read === "object" && read !== null && "rule" in read && typeof read.rule === "string" ? read.rule : undefined
  } catch {
    return undefined
  }
}
