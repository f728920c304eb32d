// Sessions of OpenCode's own that nobody has opened here so far.
import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { useState } from "react"
import { api } from "../api/client.ts"
import type { Cards } from "../api/live.ts"
import { Button } from "../kit/button.tsx"
import { Dot } from "../kit/status.tsx"
import { ago } from "../lib/time.ts"
import { visible } from "../lib/visible.ts"
import { shortDirectory, withoutCard } from "./order.ts"

const FEW = 5

export function Elsewhere({ cards, wanted, now }: { cards: Cards; wanted: string; now: number }) {
  const [shown, setShown] = useState(FEW)
  const { data } = useQuery({ queryKey: ["sessions"], queryFn: api.sessions, retry: false, refetchInterval: 20_000 })
  const sessions = withoutCard(data ?? [], cards, wanted)
  if (sessions.length === 0) return null
  return (
    <section aria-labelledby="group-elsewhere">
      <h2 id="group-elsewhere" className="flex items-center gap-2 px-3 pb-1 text-xs font-semibold text-faint">
        Started in OpenCode <span className="font-normal tabular-nums">{sessions.length}</span>
      </h2>
      <ul>
        {sessions.slice(0, shown).map((session) => (
          <li key={session.id}>
            <Link to="/sessions/$id" params={{ id: session.id }} data-session={session.id} title={`${visible(session.title || "Untitled session")}\n${visible(session.directory)}`} className="flex gap-3 rounded-xl px-3 py-2.5 hover:bg-sunken focus-visible:-outline-offset-2">
              <span className="mt-[0.45rem]"><Dot doing={session.status === "busy" ? "working" : "idle"} offline={!session.online} /></span>
              <span className="min-w-0 flex-1">
                <span className="flex items-baseline gap-2">
                  <span className="min-w-0 flex-1 truncate text-sm leading-snug font-medium">{visible(session.title || "Untitled session")}</span>
                  <span className="shrink-0 text-2xs text-faint">{ago(session.updated_at, now)}</span>
                </span>
                <span className="block truncate text-[0.8125rem] text-faint">{visible(shortDirectory(session.directory))}</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {sessions.length > shown && <Button look="quiet" size="small" className="ml-1" onClick={() => setShown(shown + 100)}>{sessions.length - shown} more</Button>}
    </section>
  )
}
