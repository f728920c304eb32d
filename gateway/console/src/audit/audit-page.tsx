// Who decided what, and when.
import { useInfiniteQuery } from "@tanstack/react-query"
import { Link, useSearch } from "@tanstack/react-router"
import { ScrollText } from "lucide-react"
import { api, Problem } from "../api/client.ts"
import type { Answer, AuditEntry } from "../api/types.ts"
import { answerWords, plainId } from "../asks/ask-state.ts"
import { Button } from "../kit/button.tsx"
import { Empty, Loading, Notice } from "../kit/notice.tsx"
import { Page } from "../kit/page.tsx"
import { full } from "../lib/time.ts"

export function AuditPage() {
  const { session } = useSearch({ from: "/audit" })
  const log = useInfiniteQuery({
    queryKey: ["audit", session],
    queryFn: ({ pageParam }) => api.audit(session, pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    retry: false,
  })
  return (
    <Page title={session ? "Audit log of one session" : "Audit log"}>
      {session && <p className="-mt-4 mb-6 text-sm text-faint"><span className="font-mono text-xs">{session}</span> · <Link to="/audit" search={{}} className="text-accent-ink underline underline-offset-2">all sessions</Link></p>}
      {log.isPending ? <Loading what="the audit log" /> : log.error ? <Failed error={log.error} onRetry={() => void log.refetch()} /> : <Entries entries={log.data.pages.flatMap((page) => page.entries)} />}
      {log.hasNextPage && <Button className="mt-4" disabled={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>Older</Button>}
    </Page>
  )
}

function Failed({ error, onRetry }: { error: Error; onRetry(): void }) {
  if (error instanceof Problem && error.status === 404) {
    return <Empty icon={<ScrollText />} title="Not available here">This gateway does not offer its audit log in the console. The log itself is kept all the same.</Empty>
  }
  return <Notice tone="error" title="The log could not be read" action={<Button size="small" onClick={onRetry}>Try again</Button>}>{error.message}</Notice>
}

function Entries({ entries }: { entries: AuditEntry[] }) {
  if (entries.length === 0) return <Empty icon={<ScrollText />} title="Nothing yet">Answers and what people do to sessions are written down here.</Empty>
  return (
    <ol className="divide-y divide-line">
      {entries.map((entry) => (
        <li key={entry.number} className="flex flex-wrap gap-x-4 gap-y-1 py-3 text-sm">
          <time dateTime={entry.at} className="w-44 shrink-0 text-[0.8125rem] text-faint tabular-nums">{full(entry.at)}</time>
          <div className="min-w-0 flex-1 basis-64">
            <p className="break-words">
              <strong className="font-semibold">{plainId(entry.who)}</strong> {entry.what}
              {entry.answer && `: ${words(entry.answer)}`}
            </p>
            <p className="text-xs text-faint">
              {entry.session && <Link to="/sessions/$id" params={{ id: entry.session }} className="font-mono break-all underline decoration-line underline-offset-2 hover:decoration-current">{entry.session}</Link>}
            </p>
          </div>
          <span className="text-2xs text-faint tabular-nums">no. {entry.number}</span>
        </li>
      ))}
    </ol>
  )
}

/** The log keeps an answer as JSON; what is none is shown as it is. */
function words(answer: string): string {
  try {
    const given = JSON.parse(answer) as Answer
    const reason = given.answer === "deny" && given.reason ? ` (“${given.reason}”)` : ""
    return (answerWords(given) ?? answer) + reason
  } catch {
    return answer
  }
}
