// Who decides, and what became of it.
import { TriangleAlert, UserRound } from "lucide-react"
import type { AskView } from "../api/types.gen.ts"
import { classes } from "../kit/classes.ts"
import { PageLink } from "../kit/page-link.tsx"
import { Says } from "./phrase.tsx"

/** Who may answer. That the answer is for this very request needs no line of its own. */
export function Terms({ ask }: { ask: AskView }) {
  return (
    <p className="text-xs break-words text-faint short:hidden" title={`Your answer applies to exactly this request (ID ${ask.digest.slice(0, 10)})`}>
      <Says phrase={ask.display.terms.who} />
    </p>
  )
}

/** Where somebody, or the gateway for them, decided, there is an entry about this very request. */
const DECIDED: AskView["state"][] = ["decided", "applied", "timed_out", "allowed_late"]

const LOOKS = { good: "text-good", bad: "text-bad", late: "text-warn", quiet: "text-soft" }

export function Became({ ask }: { ask: AskView }) {
  const { outcome, subject } = ask.display
  if (!outcome) return null
  const Icon = outcome.tone === "bad" ? TriangleAlert : UserRound
  return (
    <div className={classes("flex gap-2.5 border-t border-line pt-3 text-sm", LOOKS[outcome.tone])} data-outcome={ask.state} aria-label={`Outcome for ${subject.line}`} role="group">
      <Icon className="mt-1 size-3.5 shrink-0" aria-hidden />
      <p className="min-w-0 break-words">
        <strong className="font-medium">{outcome.label}</strong>{" "}
        {outcome.sentence.length > 0 && <span className="block text-[0.8125rem] text-soft"><Says phrase={outcome.sentence} /></span>}
        {DECIDED.includes(ask.state) && <PageLink href={`/audit?ask=${encodeURIComponent(ask.id)}`} className="block w-fit text-[0.8125rem] text-faint underline decoration-line underline-offset-2 hover:decoration-current" data-audit>In the audit log</PageLink>}
      </p>
    </div>
  )
}
