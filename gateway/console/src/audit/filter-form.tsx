// The search box and what narrows it. What is chosen is in the address, so that a search can be sent to somebody.
import { useNavigate } from "@tanstack/react-router"
import { Search, X } from "lucide-react"
import { type ReactNode, useEffect, useState } from "react"
import { Button } from "../kit/button.tsx"
import { type AuditSearch, KINDS, narrows, readSearch } from "./filter.ts"

const BOX = "h-10 w-full min-w-0 rounded-lg bg-sunken px-3 text-base outline-offset-0 placeholder:text-faint sm:text-sm"
/** Between the last key and the search. */
const TYPED_MS = 300

export function FilterForm({ search, children }: { search: AuditSearch; children?: ReactNode }) {
  const navigate = useNavigate()
  const [typed, setTyped] = useState({ text: search.text ?? "", person: search.person ?? "" })
  const go = (change: Record<string, string>) => void navigate({ to: "/audit", search: (before) => readSearch({ ...before, ...change }), replace: true })
  useEffect(() => {
    if (typed.text.trim() === (search.text ?? "") && typed.person.trim() === (search.person ?? "")) return
    const timer = setTimeout(() => go({ text: typed.text.trim(), person: typed.person.trim() }), TYPED_MS)
    return () => clearTimeout(timer)
  }, [typed])
  const clear = () => {
    setTyped({ text: "", person: "" })
    void navigate({ to: "/audit", search: {}, replace: true })
  }
  return (
    <div role="search" aria-label="Audit log" className="mb-4 grid grid-cols-2 gap-2 sm:grid-cols-[1fr_1fr_auto_auto]">
      <div className="relative col-span-2 min-w-0">
        <Search className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-faint" aria-hidden />
        <input aria-label="Search the audit log" placeholder="Command, file, session, answer" value={typed.text} onChange={(event) => setTyped({ ...typed, text: event.target.value })} className={`${BOX} pl-9`} />
      </div>
      <div className="col-span-2 flex gap-2 sm:justify-end">{children}</div>
      <input aria-label="Person" placeholder="Person" value={typed.person} onChange={(event) => setTyped({ ...typed, person: event.target.value })} className={BOX} />
      <select aria-label="Kind" value={search.kind ?? ""} onChange={(event) => go({ kind: event.target.value })} className={BOX}>
        <option value="">All kinds</option>
        {Object.entries(KINDS).map(([kind, words]) => <option key={kind} value={kind}>{words}</option>)}
      </select>
      <Day name="From" value={search.from} onChange={(from) => go({ from })} />
      <Day name="To" value={search.until} onChange={(until) => go({ until })} />
      {narrows(search) && <Button size="small" className="col-span-2 justify-self-start sm:col-span-4" onClick={clear}><X aria-hidden />Clear the filter</Button>}
    </div>
  )
}

function Day({ name, value, onChange }: { name: string; value: string | undefined; onChange(day: string): void }) {
  return (
    <label className="flex min-w-0 items-center gap-2 text-[0.8125rem] text-faint">
      {name}
      <input type="date" value={value ?? ""} onChange={(event) => onChange(event.target.value)} className={BOX} />
    </label>
  )
}
