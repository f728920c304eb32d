// The first lines of a card: what the agent wants, since when, and how long there is to answer.
import { CircleHelp, FilePen, GitPullRequestArrow, Globe, Hand, Settings2, ShieldQuestion, Terminal } from "lucide-react"
import type { AskSubject, AskView } from "../api/types.gen.ts"
import { classes } from "../kit/classes.ts"
import { useNow, when } from "../lib/time.ts"
import { endsSoon, isOpen, takesLate } from "./ask-state.ts"
import { Says } from "./phrase.tsx"

const OF_SUBJECT: Record<AskSubject["kind"], typeof Terminal> = {
  command: Terminal,
  file: FilePen,
  url: Globe,
  search: Globe,
  tool: ShieldQuestion,
  question: CircleHelp,
  title: ShieldQuestion,
}

const OF_KIND: Partial<Record<AskView["kind"], typeof Terminal>> = { held: Hand, configuration: Settings2, delivery: GitPullRequestArrow }

export function Heading({ ask }: { ask: AskView }) {
  const open = isOpen(ask)
  const { title, subject, standing } = ask.display
  const Icon = OF_KIND[ask.kind] ?? OF_SUBJECT[subject.kind]
  return (
    <header className="flex items-start gap-3">
      <span className={classes("grid size-9 shrink-0 place-items-center rounded-xl [&_svg]:size-[1.125rem] short:hidden", open ? "bg-accent-wash text-accent-ink" : "bg-sunken text-faint")}>
        <Icon aria-hidden />
      </span>
      <div className="min-w-0 flex-1">
        <h3 className="leading-snug font-semibold break-words">{title}</h3>
        <p className="text-[0.8125rem] text-faint">
          {open && standing.kind === "open" && <span className="font-medium text-accent-ink"><Says phrase={standing.sentence} /> </span>}
          Asked {when(ask.asked_at)}
          {open && <> · <Deadline ask={ask} /></>}
        </p>
      </div>
      {takesLate(ask) && <span data-expired className="shrink-0 rounded-full bg-warn-wash px-2.5 text-2xs leading-6 font-semibold text-warn">Nobody answered</span>}
    </header>
  )
}

/** What silence means. Its last minute is hard to overlook. */
function Deadline({ ask }: { ask: AskView }) {
  const { silence, reminded } = ask.display.terms
  const soon = endsSoon(ask, useNow(ask.deadline !== undefined))
  return (
    <span data-soon={soon} className={classes(soon && "rounded-md bg-bad-wash px-1.5 py-0.5 font-semibold text-bad")}>
      {soon && "Less than a minute left. "}
      <Says phrase={silence} />
      {reminded && ` ${reminded}`}
    </span>
  )
}
