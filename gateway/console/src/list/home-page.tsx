// What waits for me, over all sessions. On a phone the list of sessions follows.
import { Link } from "@tanstack/react-router"
import { Inbox } from "lucide-react"
import { useEffect } from "react"
import { cardsStore, useCards } from "../api/live.ts"
import { AskCard } from "../asks/ask-card.tsx"
import { useOpenAsks } from "../asks/use-open-asks.ts"
import { Button } from "../kit/button.tsx"
import { Empty } from "../kit/notice.tsx"
import { ConnectionBar } from "../shell/connection-bar.tsx"
import { useWide } from "../lib/wide.ts"
import { SessionList } from "./session-list.tsx"

export function HomePage() {
  const wide = useWide()
  useEffect(() => {
    document.title = "OpenCode Gateway"
  }, [])
  return (
    <div className="h-full overflow-y-auto">
      <h1 className="sr-only">Sessions</h1>
      {wide ? <Waiting /> : <SessionList />}
    </div>
  )
}

function Waiting() {
  const { link, value: cards } = useCards()
  const asks = useOpenAsks()
  const live = link.state === "live"
  return (
    <>
      <ConnectionBar link={link} onRetry={cardsStore.retryNow} />
      {asks && asks.length > 0 ? (
        <div className="mx-auto max-w-3xl space-y-8 p-8">
          <h2 className="text-xl font-semibold">Waits for you</h2>
          {asks.map((ask) => (
            <section key={ask.id} className="space-y-2.5">
              <p className="flex items-baseline justify-between gap-3 text-sm">
                <Link to="/sessions/$id" params={{ id: owner(cards?.values(), ask.id) ?? ask.session }} className="min-w-0 truncate font-medium hover:underline">
                  {titleOf(cards?.values(), ask.id)}
                </Link>
                <Link to="/sessions/$id" params={{ id: owner(cards?.values(), ask.id) ?? ask.session }} className="shrink-0 text-accent-ink hover:underline">Open the thread</Link>
              </p>
              <AskCard ask={ask} live={live} />
            </section>
          ))}
        </div>
      ) : (
        <div className="grid h-full place-items-center pt-24">
          <Empty icon={<Inbox />} title="Nothing waits for you" action={<Button asChild look="primary" size="large"><Link to="/start">Start a session</Link></Button>}>
            When an agent needs a permission or has a question, it shows here.
          </Empty>
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
  return [...(cards ?? [])].find((card) => card.open_asks.includes(ask))?.title || "Session"
}
