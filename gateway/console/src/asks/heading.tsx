// The first lines of a card: what the agent wants, since when, and how long there is to answer.
import { CircleHelp, FilePen, Globe, Hand, Settings2, ShieldQuestion, Terminal } from "lucide-react"
import type { Ask } from "../api/types.gen.ts"
import { classes } from "../kit/classes.ts"
import { useNow, when } from "../lib/time.ts"
import { endsSoon, heading, isOpen, nobodyAnswered, silence } from "./ask-state.ts"

const ICONS: Record<string, typeof Terminal> = { bash: Terminal, edit: FilePen, write: FilePen, webfetch: Globe, websearch: Globe }

function iconOf(ask: Ask): typeof Terminal {
  switch (ask.kind) {
    case "question":
      return CircleHelp
    case "held":
      return Hand
    case "configuration":
      return Settings2
    case "gate":
      return ShieldQuestion
    case "permission":
      return ICONS[ask.permission] ?? ShieldQuestion
  }
}

export function Heading({ ask }: { ask: Ask }) {
  const open = isOpen(ask)
  const Icon = iconOf(ask)
  return (
    <header className="flex items-start gap-3">
      <span className={classes("grid size-9 shrink-0 place-items-center rounded-xl [&_svg]:size-[1.125rem] short:hidden", open ? "bg-accent-wash text-accent-ink" : "bg-sunken text-faint")}>
        <Icon aria-hidden />
      </span>
      <div className="min-w-0 flex-1">
        <h3 className="leading-snug font-semibold break-words">{heading(ask)}</h3>
        <p className="text-[0.8125rem] text-faint">
          {open && <span className="font-medium text-accent-ink">Needs an answer · </span>}
          Asked {when(ask.asked_at)}
          {open && <> · <Deadline ask={ask} /></>}
        </p>
      </div>
      {nobodyAnswered(ask) && <span data-expired className="shrink-0 rounded-full bg-warn-wash px-2.5 text-2xs leading-6 font-semibold text-warn">Nobody answered</span>}
    </header>
  )
}

/** What silence means. Its last minute is hard to overlook. */
function Deadline({ ask }: { ask: Ask }) {
  const now = useNow(ask.deadline !== undefined)
  const soon = endsSoon(ask, now)
  return (
    <span data-soon={soon} className={classes("tabular-nums", soon && "rounded-md bg-bad-wash px-1.5 py-0.5 font-semibold text-bad")}>
      {soon && "Less than a minute left. "}
      {silence(ask, now)}
      {ask.rules.reminders > 0 && ` Reminded ${ask.rules.reminders === 1 ? "once" : `${ask.rules.reminders} times`}.`}
    </span>
  )
}
