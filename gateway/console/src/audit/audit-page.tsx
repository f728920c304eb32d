// Who decided what, when, and about what: a command, a file, a question. Filtered, and taken away as a file.
import { useInfiniteQuery } from "@tanstack/react-query"
import { Link, useSearch } from "@tanstack/react-router"
import { Download, ScrollText } from "lucide-react"
import { useState } from "react"
import { api, type AuditFilter, Problem } from "../api/client.ts"
import type { ChainedEntry } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Menu, MenuItem } from "../kit/menu.tsx"
import { Empty, Loading, Notice } from "../kit/notice.tsx"
import { Page } from "../kit/page.tsx"
import { Entry } from "./entry.tsx"
import { allEntries, asCsv, asJsonLines, MOST, save } from "./export.ts"
import { type AuditSearch, asked, narrows } from "./filter.ts"
import { FilterForm } from "./filter-form.tsx"
import { OpenReviews } from "./open-reviews.tsx"

export function AuditPage() {
  const search = useSearch({ from: "/audit" })
  const filter = asked(search)
  const log = useInfiniteQuery({
    queryKey: ["audit", filter],
    queryFn: ({ pageParam }) => api.audit(filter, pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    retry: false,
    placeholderData: (before) => before,
  })
  return (
    <Page title={TITLES[search.ask ? "ask" : search.session ? "session" : "all"]}>
      <About search={search} />
      <OpenReviews />
      <FilterForm search={search}><Export filter={filter} /></FilterForm>
      {log.isPending ? <Loading what="the audit log" /> : log.error ? <Failed error={log.error} onRetry={() => void log.refetch()} /> : <Entries entries={log.data.pages.flatMap((page) => page.entries)} filtered={narrows(search)} />}
      {log.hasNextPage && <Button className="mt-4" disabled={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>Load older entries</Button>}
    </Page>
  )
}

const TITLES = { all: "Audit log", session: "Audit log of one session", ask: "Audit log of one request" }

function About({ search: { ask, session } }: { search: AuditSearch }) {
  const id = ask ?? session
  if (!id) return null
  return <p className="-mt-4 mb-4 text-sm text-faint"><span className="font-mono text-xs break-all">{id}</span> · <Link to="/audit" search={({ ask: _, session: __, ...rest }) => rest} className="text-accent-ink underline underline-offset-2">{ask ? "all requests" : "all sessions"}</Link></p>
}

function Export({ filter }: { filter: AuditFilter }) {
  const [told, setTold] = useState<string>()
  const take = async (kind: "csv" | "jsonl") => {
    try {
      const { entries, more } = await allEntries(filter, (count) => setTold(`${count} entries…`))
      save(kind === "csv" ? asCsv(entries) : asJsonLines(entries), kind === "csv" ? "text/csv;charset=utf-8" : "application/jsonl", `audit.${kind}`)
      setTold(more ? `Only the newest ${MOST} entries were exported.` : undefined)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setTold(error.detail)
    }
  }
  return (
    <>
      <Menu trigger={<Button><Download aria-hidden />Export</Button>}>
        <MenuItem onSelect={() => void take("csv")}>CSV</MenuItem>
        <MenuItem onSelect={() => void take("jsonl")}>JSON lines</MenuItem>
      </Menu>
      <p role="status" className="min-w-0 self-center text-[0.8125rem] text-faint empty:hidden">{told}</p>
    </>
  )
}

function Failed({ error, onRetry }: { error: Error; onRetry(): void }) {
  if (error instanceof Problem && error.status === 404) {
    return <Empty icon={<ScrollText />} title="Not available here">The audit log isn't available in this console. It is still being recorded.</Empty>
  }
  return <Notice tone="error" title="The audit log couldn't be read" action={<Button size="small" onClick={onRetry}>Try again</Button>}>{error.message}</Notice>
}

function Entries({ entries, filtered }: { entries: ChainedEntry[]; filtered: boolean }) {
  if (entries.length === 0) {
    return filtered ? <Empty icon={<ScrollText />} title="No matching entries">Try another word, or clear the filter.</Empty> : <Empty icon={<ScrollText />} title="Nothing yet">Answers, and what people do to sessions, are recorded here.</Empty>
  }
  return (
    <ol className="divide-y divide-line">
      {entries.map((entry) => <li key={entry.number} className="py-3"><Entry entry={entry} /></li>)}
    </ol>
  )
}
