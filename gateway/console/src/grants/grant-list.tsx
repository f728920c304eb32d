// Grants in force, and below them, folded, those that ended.
import { ChevronRight, Search, ShieldCheck } from "lucide-react"
import { useDeferredValue, useState } from "react"
import { Empty } from "../kit/notice.tsx"
import type { GrantView } from "../api/types.gen.ts"
import { GrantRow } from "./grant-row.tsx"
import { isInForce, matching } from "./grant-words.ts"

interface GrantListProps {
  grants: GrantView[]
  titles: ReadonlyMap<string, string>
  /** Missing without a connection. */
  onRevoke?(grant: GrantView): void
  /** Only those of one session are shown. */
  ofOne?: boolean
}

/** Fewer than this are found by looking. */
const SEARCHABLE = 7

export function GrantList({ grants, titles, onRevoke, ofOne }: GrantListProps) {
  const [wanted, setWanted] = useState("")
  const looked = useDeferredValue(wanted)
  if (grants.length === 0) return <None ofOne={ofOne} />
  const found = matching(grants, looked, titles)
  const [held, ended] = [found.filter(isInForce), found.filter((grant) => !isInForce(grant))]
  return (
    <div className="space-y-4">
      {grants.length >= SEARCHABLE && <Find value={wanted} onChange={setWanted} />}
      {found.length === 0 && <p role="status" className="py-6 text-center text-sm break-words text-faint">No grants match “{looked}”.</p>}
      {held.length === 0 && found.length > 0 && <p className="text-sm text-faint">None in force.</p>}
      {held.length > 0 && (
        <ul aria-label="In force" className="space-y-3">
          {held.map((grant) => <GrantRow key={grant.id} grant={grant} titles={titles} onRevoke={onRevoke && (() => onRevoke(grant))} />)}
        </ul>
      )}
      {ended.length > 0 && <Ended grants={ended} titles={titles} />}
    </div>
  )
}

function None({ ofOne }: { ofOne?: boolean }) {
  return (
    <Empty icon={<ShieldCheck />} title={ofOne ? "No grants in this session" : "No grants"}>
      When you choose “Don't ask again” on a request, it's listed here, and you can revoke it.
    </Empty>
  )
}

function Find({ value, onChange }: { value: string; onChange(value: string): void }) {
  return (
    <div className="relative">
      <Search className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-faint" aria-hidden />
      <input type="search" aria-label="Search grants" placeholder="Command, session, project, person" value={value} onChange={(event) => onChange(event.target.value)} className="search h-10 w-full rounded-lg bg-sunken px-3 pl-9 text-base outline-offset-0 placeholder:text-faint sm:text-sm" />
    </div>
  )
}

/** Drawn once somebody wants to see them. */
function Ended({ grants, titles }: Pick<GrantListProps, "grants" | "titles">) {
  const [open, setOpen] = useState(false)
  return (
    <section data-ended>
      <h2>
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="-ml-2 flex min-h-11 items-center gap-1.5 rounded-lg px-2 text-sm font-semibold text-soft hover:bg-sunken">
          <ChevronRight className={open ? "size-4 rotate-90" : "size-4"} aria-hidden />Ended <span className="font-normal text-faint tabular-nums">{grants.length}</span>
        </button>
      </h2>
      {open && <ul aria-label="Ended" className="mt-2 space-y-3">{grants.map((grant) => <GrantRow key={grant.id} grant={grant} titles={titles} />)}</ul>}
    </section>
  )
}
