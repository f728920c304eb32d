// Who decides, and what became of it.
import { TriangleAlert, UserRound } from "lucide-react"
import type { Ask } from "../api/types.gen.ts"
import { classes } from "../kit/classes.ts"
import { visible } from "../lib/visible.ts"
import { outcome, subject, whoMayAnswer } from "./ask-state.ts"

/** Who may answer. That the answer is for this very request needs no line of its own. */
export function Terms({ ask }: { ask: Ask }) {
  return (
    <p className="text-xs break-words text-faint short:hidden" title={`Your answer applies to exactly this request (ID ${ask.digest.slice(0, 10)})`}>
      {whoMayAnswer(ask)}
    </p>
  )
}

export function Became({ ask }: { ask: Ask }) {
  const became = outcome(ask)
  if (!became) return null
  const Icon = became.tone === "bad" ? TriangleAlert : UserRound
  const look = { good: "text-good", bad: "text-bad", quiet: "text-soft" }[became.tone]
  return (
    <div className={classes("flex gap-2.5 border-t border-line pt-3 text-sm", look)} data-outcome={ask.state} aria-label={`Outcome for ${visible(subject(ask))}`} role="group">
      <Icon className="mt-1 size-3.5 shrink-0" aria-hidden />
      <div className="min-w-0">
        <p className="font-medium break-words">{became.text}</p>
        {became.detail && <p className="text-[0.8125rem] break-words text-soft">{became.detail}</p>}
      </div>
    </div>
  )
}
