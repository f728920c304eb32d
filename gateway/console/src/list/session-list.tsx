// All sessions, what waits first.
import { Link } from "@tanstack/react-router"
import { Search, SquareTerminal } from "lucide-react"
import { memo, useDeferredValue, useMemo, useState } from "react"
import { cardsStore, useCards } from "../api/live.ts"
import type { Ask, SessionCard } from "../api/types.ts"
import { inShort } from "../asks/ask-state.ts"
import { useOpenAsks } from "../asks/use-open-asks.ts"
import { Button } from "../kit/button.tsx"
import { classes } from "../kit/classes.ts"
import { Empty, Loading, Notice } from "../kit/notice.tsx"
import { Dot, statusWord } from "../kit/status.tsx"
import { ago, useNow } from "../lib/time.ts"
import { Elsewhere } from "./elsewhere.tsx"
import { grouped, shortDirectory } from "./order.ts"

/** Ended sessions shown before one asks for more. */
const FEW = 10

export function SessionList() {
  const { value: cards, link } = useCards()
  const asks = useOpenAsks()
  const [wanted, setWanted] = useState("")
  const looked = useDeferredValue(wanted)
  const groups = useMemo(() => (cards ? grouped(cards.values(), looked) : []), [cards, looked])
  const firstAsk = useMemo(() => new Map((asks ?? []).toReversed().map((ask) => [ask.id, ask])), [asks])
  const now = useNow(true, 30_000)
  if (link.state === "refused") return <div className="p-4"><Notice tone="error" title={link.problem.title} action={<Button size="small" onClick={cardsStore.retryNow}>Try again</Button>}>{link.problem.detail}</Notice></div>
  if (!cards) return <Loading what="the sessions" />
  if (cards.size === 0) {
    return (
      <nav aria-label="Sessions" className="px-3">
        <Empty icon={<SquareTerminal />} title="No sessions yet" action={<Button asChild look="primary" size="large"><Link to="/start">Start a session</Link></Button>}>Give the agent a task in one of your repositories, and watch it work here.</Empty>
        <Elsewhere cards={cards} wanted="" now={now} />
      </nav>
    )
  }
  return (
    <nav aria-label="Sessions" className="space-y-5 px-3 pt-1 pb-6">
      {cards.size > 6 && <Find value={wanted} onChange={setWanted} />}
      {groups.length === 0 && <p className="px-3 py-6 text-center text-sm text-faint">Nothing fits “{wanted}”.</p>}
      {groups.map((group) => (
        <section key={group.doing} aria-labelledby={`group-${group.doing}`}>
          <h2 id={`group-${group.doing}`} className="flex items-center gap-2 px-3 pb-1 text-xs font-semibold text-faint">
            {group.title}
            <span className="font-normal tabular-nums">{group.cards.length}</span>
          </h2>
          <Rows cards={group.cards} asks={firstAsk} now={now} few={group.doing === "ended" || group.doing === "idle" ? FEW : 50} />
        </section>
      ))}
      <Elsewhere cards={cards} wanted={looked} now={now} />
    </nav>
  )
}

function Find({ value, onChange }: { value: string; onChange(value: string): void }) {
  return (
    <div className="relative">
      <Search className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-faint" aria-hidden />
      <input type="search" aria-label="Find a session" placeholder="Find a session" value={value} onChange={(event) => onChange(event.target.value)} className="h-10 w-full rounded-lg bg-sunken pr-3 pl-9 text-base outline-offset-0 placeholder:text-faint sm:text-sm" />
    </div>
  )
}

function Rows({ cards, asks, now, few }: { cards: SessionCard[]; asks: Map<string, Ask>; now: number; few: number }) {
  const [shown, setShown] = useState(few)
  return (
    <>
      <ul>{cards.slice(0, shown).map((card) => <li key={card.session}><Row card={card} ask={asks.get(card.open_asks[0] ?? "")} now={now} /></li>)}</ul>
      {cards.length > shown && <Button look="quiet" size="small" className="ml-1" onClick={() => setShown(shown + 100)}>{cards.length - shown} more</Button>}
    </>
  )
}

const Row = memo(function Row({ card, ask, now }: { card: SessionCard; ask?: Ask; now: number }) {
  const at = card.ended?.at ?? card.started_at
  return (
    <Link
      to="/sessions/$id"
      params={{ id: card.session }}
      data-session={card.session}
      className="flex gap-3 rounded-xl px-3 py-2.5 hover:bg-sunken focus-visible:-outline-offset-2 data-[status=active]:bg-sunken"
    >
      <span className="mt-[0.45rem]"><Dot doing={card.doing} offline={!card.online && card.doing !== "ended"} /></span>
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          <span className="min-w-0 flex-1 truncate text-[0.9375rem] leading-snug font-medium lg:text-sm">{card.title || "Without a title"}</span>
          {(card.priority === "high" || card.priority === "urgent") && card.doing !== "ended" && <span className={classes("shrink-0 rounded-full px-2 text-2xs leading-5 font-semibold", card.priority === "urgent" ? "bg-bad-wash text-bad" : "bg-warn-wash text-warn")}>{card.priority === "urgent" ? "Urgent" : "High"}</span>}
          {at && <time dateTime={at} className="shrink-0 text-2xs text-faint">{ago(at, now)}</time>}
        </span>
        <span className="relative block truncate text-[0.8125rem] text-faint">
          {card.doing === "waiting" ? <span className="font-medium text-accent-ink">{ask ? inShort(ask) : "Waits for an answer"}</span> : under(card)}
          <span className="sr-only">. {statusWord(card.doing, card.online)}</span>
        </span>
        {card.open_asks.length > 1 && <span className="text-2xs text-faint">and {card.open_asks.length - 1} more</span>}
      </span>
    </Link>
  )
})

function under(card: SessionCard): string {
  if (card.unrecoverable) return "Damaged record: an operator has to restore it"
  if (!card.online && card.doing !== "ended") return "The agent is away"
  return card.milestone ?? [card.project ?? shortDirectory(card.directory), card.owner?.name].filter(Boolean).join(" · ")
}
