// What needs somebody's input, over all sessions. On a phone the list of sessions follows.
import { Link } from "@tanstack/react-router"
import { Inbox } from "lucide-react"
import { useEffect } from "react"
import { cardsStore, useCards } from "../api/live.ts"
import { AskCard } from "../asks/ask-card.tsx"
import { useOpenAsks } from "../asks/use-open-asks.ts"
import { Empty } from "../kit/notice.tsx"
import { visible } from "../lib/visible.ts"
import { useWide } from "../lib/wide.ts"
import { ConnectionBar } from "../shell/connection-bar.tsx"
import { NoAgent } from "../start/no-agent.tsx"
import { usePlaces } from "../start/use-places.ts"
import { FirstPage } from "./first-page.tsx"
import { SessionList } from "./session-list.tsx"

export function HomePage() {
  const wide = useWide()
  const { value: cards } = useCards()
  useEffect(() => {
    document.title = "OpenCode Gateway"
  }, [])
  const nothingYet = cards?.size === 0
  return (
    <div className="h-full overflow-y-auto">
      <h1 className="sr-only">Sessions</h1>
      {nothingYet && <FirstPage />}
      {wide ? !nothingYet && <Waiting /> : <SessionList />}
    </div>
  )
}

function Waiting() {
  const { link, value: cards } = useCards()
  const asks = useOpenAsks()
  const live = link.state === "live"
  const { noPod } = usePlaces("")
  return (
    <>
      <ConnectionBar link={link} onRetry={cardsStore.retryNow} />
      {noPod && <div className="mx-auto max-w-3xl px-8 pt-8"><NoAgent /></div>}
      {asks && asks.length > 0 ? (
        <div className="mx-auto max-w-3xl space-y-8 p-8">
          <h2 className="text-xl font-semibold">Needs your input</h2>
          {asks.map((ask) => (
            <section key={ask.id} className="space-y-2.5">
              <p className="flex items-baseline justify-between gap-3 text-sm">
                <Link to="/sessions/$id" params={{ id: owner(cards?.values(), ask.id) ?? ask.session }} className="min-w-0 truncate font-medium hover:underline">
                  {titleOf(cards?.values(), ask.id)}
                </Link>
                <Link to="/sessions/$id" params={{ id: owner(cards?.values(), ask.id) ?? ask.session }} className="shrink-0 text-accent-ink hover:underline">Open thread</Link>
              </p>
              <AskCard ask={ask} live={live} />
            </section>
          ))}
        </div>
      ) : (
        <div className="grid h-full place-items-center pt-24">
          <Empty icon={<Inbox />} title="You're all caught up">When an agent needs approval or has a question, it will appear here.</Empty>
        </div>
      )}
    </>
  )
}

type CardList = IterableIterator<import("../api/types.ts").SessionCard> | undefined

/** The session that people see: a sub-agent asks under another id. */
function owner(cards: CardList, ask: string): string | undefined {
  return [...(cards ?? [])].find((card) => card.open_asks.includes(ask))?.session
}

function titleOf(cards: CardList, ask: string): string {
  return visible([...(cards ?? [])].find((card) => card.open_asks.includes(ask))?.title || "Session")
}
