// Who decided what, when, and about what: a command, a file, a question. Filtered, and taken away as a file.
import { useInfiniteQuery } from "@tanstack/react-query"
import { Link, useNavigate, useSearch } from "@tanstack/react-router"
import { Download, ScrollText, Search } from "lucide-react"
import { useEffect, useState } from "react"
import { api, type AuditFilter, Problem } from "../api/client.ts"
import type { ChainedEntry } from "../api/types.gen.ts"
import { plainId } from "../asks/phrase.tsx"
import { Button } from "../kit/button.tsx"
import { Menu, MenuItem } from "../kit/menu.tsx"
import { Empty, Loading, Notice } from "../kit/notice.tsx"
import { Page } from "../kit/page.tsx"
import { full } from "../lib/time.ts"
import { visible } from "../lib/visible.ts"
import { answerWords } from "./answer-words.ts"
import { allEntries, asCsv, asJson, MOST, save } from "./export.ts"

export function AuditPage() {
  const filter = useSearch({ from: "/audit" })
  const log = useInfiniteQuery({
    queryKey: ["audit", filter],
    queryFn: ({ pageParam }) => api.audit(filter, pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    retry: false,
    placeholderData: (before) => before,
  })
  const filtered = Boolean(filter.session || filter.person || filter.text)
  return (
    <Page title={filter.session ? "Audit log of one session" : "Audit log"}>
      {filter.session && <p className="-mt-4 mb-4 text-sm text-faint"><span className="font-mono text-xs">{filter.session}</span> · <Link to="/audit" search={{}} className="text-accent-ink underline underline-offset-2">all sessions</Link></p>}
      <div className="mb-4 flex flex-wrap gap-2">
        <Filter filter={filter} />
        <Export filter={filter} />
      </div>
      {log.isPending ? <Loading what="the audit log" /> : log.error ? <Failed error={log.error} onRetry={() => void log.refetch()} /> : <Entries entries={log.data.pages.flatMap((page) => page.entries)} filtered={filtered} />}
      {log.hasNextPage && <Button className="mt-4" disabled={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>Load older entries</Button>}
    </Page>
  )
}

/** What is typed is in the address, so that a search can be sent to somebody. */
function Filter({ filter }: { filter: AuditFilter }) {
  const navigate = useNavigate()
  const [text, setText] = useState(filter.text ?? "")
  const [person, setPerson] = useState(filter.person ?? "")
  useEffect(() => {
    const timer = setTimeout(() => {
      const search = { ...(filter.session ? { session: filter.session } : {}), ...(text.trim() ? { text: text.trim() } : {}), ...(person.trim() ? { person: person.trim() } : {}) }
      void navigate({ to: "/audit", search, replace: true })
    }, 300)
    return () => clearTimeout(timer)
  }, [text, person])
  const box = "h-10 w-full rounded-lg bg-sunken px-3 text-base outline-offset-0 placeholder:text-faint sm:text-sm"
  return (
    <>
      <div className="relative min-w-48 flex-1 basis-56">
        <Search className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-faint" aria-hidden />
        <input aria-label="Search the audit log" placeholder="Command, file, session, answer" value={text} onChange={(event) => setText(event.target.value)} className={`${box} pl-9`} />
      </div>
      <input aria-label="Person" placeholder="Person" value={person} onChange={(event) => setPerson(event.target.value)} className={`${box} max-w-36`} />
    </>
  )
}

function Export({ filter }: { filter: AuditFilter }) {
  const [told, setTold] = useState<string>()
  const take = async (kind: "csv" | "json") => {
    try {
      const { entries, more } = await allEntries(filter, (count) => setTold(`${count} entries…`))
      save(kind === "csv" ? asCsv(entries) : asJson(entries), kind === "csv" ? "text/csv;charset=utf-8" : "application/json", `audit.${kind}`)
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
        <MenuItem onSelect={() => void take("json")}>JSON</MenuItem>
      </Menu>
      <p role="status" className="basis-full text-[0.8125rem] text-faint empty:hidden">{told}</p>
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

function Entry({ entry }: { entry: ChainedEntry }) {
  return (
    <div className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
      <time dateTime={entry.at} className="w-44 shrink-0 text-[0.8125rem] text-faint tabular-nums">{full(entry.at)}</time>
      <div className="min-w-0 flex-1 basis-64 space-y-1">
        <p className="break-words">
          <strong className="font-semibold">{visible(plainId(entry.who))}</strong> {visible(entry.what)}
          {entry.answer && `: ${visible(answerWords(entry.answer))}`}
        </p>
        {entry.subject && <pre className="max-h-40 overflow-auto rounded-lg bg-sunken px-2.5 py-1.5 font-mono text-xs break-words whitespace-pre-wrap">{visible(entry.subject)}</pre>}
        {entry.always && entry.always.length > 0 && <p className="text-[0.8125rem] text-warn">From then on without asking: <span className="font-mono text-xs break-all">{visible(entry.always.join(", "))}</span></p>}
        {entry.session && (
          <p className="text-[0.8125rem] text-faint">
            <Link to="/sessions/$id" params={{ id: entry.session }} title={entry.session} className="break-words underline decoration-line underline-offset-2 hover:decoration-current">{visible(entry.title || entry.session)}</Link>
          </p>
        )}
      </div>
      <span className="text-2xs text-faint tabular-nums">#{entry.number}</span>
    </div>
  )
}
