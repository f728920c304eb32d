// All sessions, what waits first.
import { useParams } from "@tanstack/react-router"
import { X } from "lucide-react"
import { memo, useDeferredValue, useMemo, useRef, useState } from "react"
import { cardsStore, useCards } from "../api/live.ts"
import { plain } from "../asks/phrase.tsx"
import { useOpenAsks } from "../asks/use-open-asks.ts"
import { Button } from "../kit/button.tsx"
import { SearchIcon } from "../kit/icons.tsx"
import { Loading, Notice } from "../kit/notice.tsx"
import { useNow } from "../lib/time.ts"
import { useProjectTitles } from "../start/use-places.ts"
import { Elsewhere } from "./elsewhere.tsx"
import { useFolded } from "./folded.ts"
import { type Group, grouped, type Titles } from "./order.ts"
import { fewOf, GroupSection, LIST, More, SEARCHABLE, SessionRow } from "./rows.tsx"

export function SessionList() {
  const { value: cards, link } = useCards()
  const [wanted, setWanted] = useState("")
  const looked = useDeferredValue(wanted)
  const titles = useProjectTitles()
  const groups = useMemo(() => (cards ? grouped(cards.values(), looked, titles) : []), [cards, looked, titles])
  const asked = useAsked()
  const now = useNow(true, 30_000)
  const { id: active } = useParams({ strict: false })
  if (link.state === "refused") return <div className="p-4"><Notice tone="error" title={link.problem.title} action={<Button size="small" onClick={cardsStore.retryNow}>Try again</Button>}>{link.problem.detail}</Notice></div>
  if (!cards) return <Loading what="the sessions" />
  return (
    <nav aria-label="Sessions" className={LIST}>
      {cards.size === 0 && <p className="px-3 py-4 text-sm text-faint max-lg:hidden">No sessions yet</p>}
      {cards.size >= SEARCHABLE && <Find value={wanted} onChange={setWanted} />}
      {cards.size > 0 && groups.length === 0 && <p className="px-3 py-6 text-center text-sm break-words text-faint">No sessions match “{wanted}”.</p>}
      {groups.map((group) => (
        <GroupSection key={group.doing} group={group}>
          <Rows group={group} asked={asked} titles={titles} now={now} active={active} />
        </GroupSection>
      ))}
      <Elsewhere cards={cards} wanted={looked} now={now} active={active} />
    </nav>
  )
}

/** What each session that waits asks first. */
function useAsked(): ReadonlyMap<string, string> {
  const asks = useOpenAsks()
  return useMemo(() => new Map((asks ?? []).map((ask) => [ask.id, plain(ask.display.summary)])), [asks])
}

function Find({ value, onChange }: { value: string; onChange(value: string): void }) {
  const box = useRef<HTMLInputElement>(null)
  const clear = () => {
    onChange("")
    box.current?.focus()
  }
  return (
    <div className="relative">
      <span className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-faint"><SearchIcon /></span>
      <input
        ref={box}
        type="search"
        aria-label="Search sessions"
        placeholder="Search titles, projects, people"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && (value === "" ? event.currentTarget.blur() : onChange(""))}
        className="search h-10 w-full rounded-lg bg-sunken pr-10 pl-9 text-base outline-offset-0 placeholder:text-faint sm:text-sm"
      />
      {value !== "" && <Button look="quiet" size="icon" className="absolute top-0 right-0" aria-label="Clear search" onClick={clear}><X /></Button>}
    </div>
  )
}

interface RowsProps {
  group: Group
  asked: ReadonlyMap<string, string>
  titles: Titles
  now: number
  active?: string
}

function Rows({ group, asked, titles, now, active }: RowsProps) {
  const { shown, more, list } = useFolded(fewOf(group))
  return (
    <>
      <ul ref={list}>
        {group.cards.slice(0, shown).map((card) => (
          <li key={card.session}><Row card={card} asks={asked.get(card.open_asks[0] ?? "")} titles={titles} now={now} active={card.session === active} /></li>
        ))}
      </ul>
      <More count={group.cards.length - shown} onPress={more} />
    </>
  )
}

const Row = memo(SessionRow)
