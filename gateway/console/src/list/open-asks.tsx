// The requests of all sessions, each with the way to its thread.
import { Link } from "@tanstack/react-router"
import type { Cards } from "../api/live.ts"
import type { AskView, SessionCard } from "../api/types.gen.ts"
import { AskCard } from "../asks/ask-card.tsx"
import { visible } from "../lib/visible.ts"

export function OpenAsks({ asks, cards, live }: { asks: AskView[]; cards?: Cards; live: boolean }) {
  return (
    <div className="mx-auto max-w-3xl space-y-8 p-8">
      <h2 className="text-xl font-semibold">Needs your input</h2>
      {asks.map((ask) => <OpenAsk key={ask.id} ask={ask} card={ownerOf(cards, ask.id)} live={live} />)}
    </div>
  )
}

function OpenAsk({ ask, card, live }: { ask: AskView; card?: SessionCard; live: boolean }) {
  const params = { id: card?.session ?? ask.session }
  return (
    <section className="space-y-2.5">
      <p className="flex items-baseline justify-between gap-3 text-sm">
        <Link to="/sessions/$id" params={params} className="min-w-0 truncate font-medium hover:underline">{visible(card?.title || "Session")}</Link>
        <Link to="/sessions/$id" params={params} className="shrink-0 text-accent-ink hover:underline">Open thread</Link>
      </p>
      <AskCard ask={ask} live={live} />
    </section>
  )
}

/** The session that people see: a sub-agent asks under another id. */
function ownerOf(cards: Cards | undefined, ask: string): SessionCard | undefined {
  return [...(cards?.values() ?? [])].find((card) => card.open_asks.includes(ask))
}
