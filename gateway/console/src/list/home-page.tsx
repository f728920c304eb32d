// What needs somebody's input, over all sessions. On a phone the list of sessions follows.
import { Inbox } from "lucide-react"
import { lazy, Suspense, useEffect } from "react"
import { cardsStore, useCards } from "../api/live.ts"
import { useOpenAsks } from "../asks/use-open-asks.ts"
import { Empty } from "../kit/notice.tsx"
import { useWide } from "../lib/wide.ts"
import { ConnectionBar } from "../shell/connection-bar.tsx"
import { NoAgent } from "../start/no-agent.tsx"
import { usePlaces } from "../start/use-places.ts"
import { SessionList } from "./session-list.tsx"

// Most pages begin without either.
const FirstPage = lazy(() => import("./first-page.tsx").then(({ FirstPage }) => ({ default: FirstPage })))
const OpenAsks = lazy(() => import("./open-asks.tsx").then(({ OpenAsks }) => ({ default: OpenAsks })))

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
      {nothingYet && <Suspense><FirstPage /></Suspense>}
      {wide ? !nothingYet && <Waiting /> : <SessionList />}
    </div>
  )
}

function Waiting() {
  const { link, value: cards } = useCards()
  const asks = useOpenAsks()
  const { noPod } = usePlaces("")
  return (
    <>
      <ConnectionBar link={link} onRetry={cardsStore.retryNow} />
      {noPod && <div className="mx-auto max-w-3xl px-8 pt-8"><NoAgent /></div>}
      {asks && asks.length > 0 && <Suspense><OpenAsks asks={asks} cards={cards} live={link.state === "live"} /></Suspense>}
      {asks?.length === 0 && (
        <div className="grid h-full place-items-center pt-24">
          <Empty icon={<Inbox />} title="You're all caught up">When an agent needs approval or has a question, it will appear here.</Empty>
        </div>
      )}
    </>
  )
}
