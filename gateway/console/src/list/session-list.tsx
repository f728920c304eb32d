// All sessions, what waits first.
import { Link } from "@tanstack/react-router"
import { Search } from "lucide-react"
import { memo, useDeferredValue, useMemo, useState } from "react"
import { cardsStore, useCards } from "../api/live.ts"
import type { Ask, SessionCard } from "../api/types.ts"
import { inShort } from "../asks/ask-state.ts"
import { useOpenAsks } from "../asks/use-open-asks.ts"
import { Button } from "../kit/button.tsx"
import { classes } from "../kit/classes.ts"
import { Loading, Notice } from "../kit/notice.tsx"
import { Dot, statusWord } from "../kit/status.tsx"
import { ago, full, useNow } from "../lib/time.ts"
import { visible } from "../lib/visible.ts"
import { Elsewhere } from "./elsewhere.tsx"
import { useProjectTitles } from "../start/use-places.ts"
import { grouped, lastActive, outcome, projectOf, type Titles } from "./order.ts"

/** Sessions at rest shown before one asks for more. */
const FEW = 10

export function SessionList() {
  const { value: cards, link } = useCards()
  const asks = useOpenAsks()
  const [wanted, setWanted] = useState("")
  const looked = useDeferredValue(wanted)
  const titles = useProjectTitles()
  const groups = useMemo(() => (cards ? grouped(cards.values(), looked, titles) : []), [cards, looked, titles])
  const firstAsk = useMemo(() => new Map((asks ?? []).toReversed().map((ask) => [ask.id, ask])), [asks])
  const now = useNow(true, 30_000)
  if (link.state === "refused") return <div className="p-4"><Notice tone="error" title={link.problem.title} action={<Button size="small" onClick={cardsStore.retryNow}>Try again</Button>}>{link.problem.detail}</Notice></div>
  if (!cards) return <Loading what="the sessions" />
  if (cards.size === 0) {
    return (
      <nav aria-label="Sessions" className="px-3">
        <p className="px-3 py-4 text-sm text-faint max-lg:hidden">No sessions yet</p>
        <Elsewhere cards={cards} wanted="" now={now} />
      </nav>
    )
  }
  return (
    <nav aria-label="Sessions" className="space-y-5 px-3 pt-1 pb-6">
      {cards.size > 6 && <Find value={wanted} onChange={setWanted} />}
      {groups.length === 0 && <p className="px-3 py-6 text-center text-sm text-faint">No sessions match “{wanted}”.</p>}
      {groups.map((group) => (
        <section key={group.doing} aria-labelledby={`group-${group.doing}`}>
          <h2 id={`group-${group.doing}`} className="flex items-center gap-2 px-3 pb-1 text-xs font-semibold text-faint">
            {group.title}
            <span className="font-normal tabular-nums">{group.cards.length}</span>
          </h2>
          <Rows cards={group.cards} asks={firstAsk} titles={titles} now={now} few={group.doing === "ended" || group.doing === "idle" ? FEW : 50} />
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
      <input type="search" aria-label="Search sessions" placeholder="Search sessions" value={value} onChange={(event) => onChange(event.target.value)} className="h-10 w-full rounded-lg bg-sunken pr-3 pl-9 text-base outline-offset-0 placeholder:text-faint sm:text-sm" />
    </div>
  )
}

function Rows({ cards, asks, titles, now, few }: { cards: SessionCard[]; asks: Map<string, Ask>; titles: Titles; now: number; few: number }) {
  const [shown, setShown] = useState(few)
  return (
    <>
      <ul>{cards.slice(0, shown).map((card) => <li key={card.session}><Row card={card} ask={asks.get(card.open_asks[0] ?? "")} titles={titles} now={now} /></li>)}</ul>
      {cards.length > shown && <Button look="quiet" size="small" className="ml-1" onClick={() => setShown(shown + 100)}>{cards.length - shown} more</Button>}
    </>
  )
}

const Row = memo(function Row({ card, ask, titles, now }: { card: SessionCard; ask?: Ask; titles: Titles; now: number }) {
  const at = lastActive(card)
  const title = visible(card.title || "Untitled session")
  const waits = card.doing === "waiting"
  return (
    <Link
      to="/sessions/$id"
      params={{ id: card.session }}
      data-session={card.session}
      title={`${title}\n${visible(projectOf(card, titles))}${at ? `, ${full(at)}` : ""}`}
      className="flex gap-3 rounded-xl px-3 py-2.5 hover:bg-sunken focus-visible:-outline-offset-2 data-[status=active]:bg-sunken"
    >
      <span className="mt-[0.45rem]"><Dot doing={card.doing} offline={!card.online && card.doing !== "ended"} /></span>
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          <span className={classes("min-w-0 flex-1 truncate text-[0.9375rem] leading-snug lg:text-sm", card.doing === "ended" ? "text-soft" : "font-medium")}>{title}</span>
          {(card.priority === "high" || card.priority === "urgent") && card.doing !== "ended" && <span className={classes("shrink-0 rounded-full px-2 text-2xs leading-5 font-semibold", card.priority === "urgent" ? "bg-bad-wash text-bad" : "bg-warn-wash text-warn")}>{card.priority === "urgent" ? "Urgent" : "High"}</span>}
          {at && <time dateTime={at} className="shrink-0 text-2xs text-faint">{ago(at, now)}</time>}
        </span>
        <span className={classes("relative block truncate text-[0.8125rem]", waits ? "font-medium text-accent-ink" : card.doing === "failed" ? "text-bad" : "text-faint")}>
          {visible(waits ? (ask ? inShort(ask) : "Needs an answer") : outcome(card, titles))}
          <span className="sr-only">. {statusWord(card.doing, card.online)}</span>
        </span>
        {card.open_asks.length > 1 && <span className="text-2xs text-faint">and {card.open_asks.length - 1} more</span>}
      </span>
    </Link>
  )
})
