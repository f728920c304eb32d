// Sessions of OpenCode's own that nobody has opened here so far.
import { useQuery } from "@tanstack/react-query"
import { api } from "../api/client.ts"
import type { Cards } from "../api/live.ts"
import { PageLink } from "../kit/page-link.tsx"
import { Dot } from "../kit/status.tsx"
import { ago } from "../lib/time.ts"
import { visible } from "../lib/visible.ts"
import { useFolded } from "./folded.ts"
import { shortDirectory, withoutCard } from "./order.ts"
import { GroupHeading, More, ROW } from "./rows.tsx"

const FEW = 5

export function Elsewhere({ cards, wanted, now, active }: { cards: Cards; wanted: string; now: number; active?: string }) {
  const { shown, more, list } = useFolded(FEW)
  const { data } = useQuery({ queryKey: ["sessions"], queryFn: api.sessions, retry: false, refetchInterval: 20_000 })
  const sessions = withoutCard(data ?? [], cards, wanted)
  if (sessions.length === 0) return null
  return (
    <section aria-labelledby="group-elsewhere">
      <GroupHeading id="group-elsewhere" title="Started in OpenCode" count={sessions.length} />
      <ul ref={list}>
        {sessions.slice(0, shown).map((session) => (
          <li key={session.id}>
            <PageLink href={`/sessions/${encodeURIComponent(session.id)}`} active={session.id === active} data-session={session.id} title={`${visible(session.title || "Untitled session")}\n${visible(session.directory)}`} className={ROW}>
              <span className="mt-[0.45rem]"><Dot doing={session.status === "busy" ? "working" : "idle"} offline={!session.online} /></span>
              <span className="min-w-0 flex-1">
                <span className="flex items-baseline gap-2">
                  <span className="min-w-0 flex-1 truncate text-sm leading-snug font-medium">{visible(session.title || "Untitled session")}</span>
                  <span className="shrink-0 text-2xs text-faint">{ago(session.updated_at, now)}</span>
                </span>
                <span className="block truncate text-[0.8125rem] text-faint">{visible(shortDirectory(session.directory))}</span>
              </span>
            </PageLink>
          </li>
        ))}
      </ul>
      <More count={sessions.length - shown} onPress={more} />
    </section>
  )
}
