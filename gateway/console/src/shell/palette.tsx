// The command palette: to any session or page with a few keys. The focus stays in its field; the arrows choose.
import { useQueryClient } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import { BookOpen, GitPullRequestArrow, Inbox, Keyboard, MessageSquareText, Plus, ScrollText, Search, Settings, ShieldCheck } from "lucide-react"
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react"
import { useCards } from "../api/live.ts"
import type { SessionView } from "../api/types.gen.ts"
import { useProjectTitles } from "../start/use-places.ts"
import { type Action, entriesFor, type Entry } from "./palette-entries.ts"

type Deed = Action & { icon: ReactNode; run(): void }

interface PaletteProps {
  onClose(): void
  onShortcuts(): void
}

export function Palette({ onClose, onShortcuts }: PaletteProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [wanted, setWanted] = useState("")
  const [at, setAt] = useState(0)
  const list = useId()
  const navigate = useNavigate()
  const entries = useEntries(wanted, useDeeds(onShortcuts))
  const chosen = entries[Math.min(at, entries.length - 1)]
  useEffect(() => dialog.current?.showModal(), [])
  useEffect(() => {
    // In braces: new browsers answer with a promise, which React would take for something to call.
    document.getElementById(idOf(list, chosen))?.scrollIntoView({ block: "nearest" })
  }, [list, chosen])
  const take = (entry: Entry<Deed> | undefined) => {
    if (!entry) return
    dialog.current?.close()
    if (entry.kind === "action") entry.action.run()
    else void navigate({ to: "/sessions/$id", params: { id: entry.session } })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    const to = STEPS[event.key]?.(at, entries.length)
    if (to === undefined && event.key !== "Enter") return
    event.preventDefault()
    if (event.key === "Enter") take(chosen)
    else if (entries.length > 0) setAt(to!)
  }
  return (
    <dialog
      ref={dialog}
      aria-label="Go to a session or page"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current.close()}
      className="mx-auto mt-[min(12dvh,6rem)] mb-auto w-[min(38rem,calc(100vw-1.5rem))] rounded-2xl border border-line bg-raised p-0 text-ink shadow-2xl"
    >
      <div className="flex items-center gap-3 border-b border-line px-4">
        <Search className="size-4 shrink-0 text-faint" aria-hidden />
        <input
          autoFocus
          role="combobox"
          aria-label="Search sessions and commands"
          aria-expanded
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={chosen && idOf(list, chosen)}
          placeholder="Search sessions and commands"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          enterKeyHint="go"
          value={wanted}
          onChange={(event) => (setWanted(event.target.value), setAt(0))}
          onKeyDown={onKeyDown}
          className="h-13 min-w-0 flex-1 bg-transparent text-base outline-none placeholder:text-faint"
        />
        <kbd className="rounded-md border border-line bg-sunken px-1.5 py-0.5 font-mono text-2xs text-faint max-sm:hidden">Esc</kbd>
      </div>
      <ul id={list} role="listbox" aria-label="Sessions and commands" className="max-h-[min(26rem,60dvh)] overflow-y-auto p-1.5">
        {entries.map((entry, index) => (
          <Option key={entry.id} id={idOf(list, entry)} entry={entry} chosen={entry === chosen} onPoint={() => setAt(index)} onTake={() => take(entry)} />
        ))}
      </ul>
      <p role="status" className="px-4 pb-4 text-sm break-words text-faint empty:hidden">{entries.length === 0 && `Nothing matches “${wanted}”.`}</p>
    </dialog>
  )
}

/** Where each key leads from here. */
const STEPS: Record<string, (at: number, count: number) => number> = {
  ArrowDown: (at, count) => (at + 1) % count,
  ArrowUp: (at, count) => (at + count - 1) % count,
  PageDown: (at, count) => Math.min(at + 8, count - 1),
  PageUp: (at) => Math.max(at - 8, 0),
}

function idOf(list: string, entry: Entry | undefined): string {
  return entry ? `${list}${entry.id}` : ""
}

interface OptionProps {
  id: string
  entry: Entry<Deed>
  chosen: boolean
  onPoint(): void
  onTake(): void
}

function Option({ id, entry, chosen, onPoint, onTake }: OptionProps) {
  const isSession = entry.kind === "session"
  const keys = isSession ? undefined : entry.action.keys
  return (
    <li
      id={id}
      role="option"
      aria-selected={chosen}
      // The focus stays where one types.
      onPointerDown={(event) => event.preventDefault()}
      onPointerMove={onPoint}
      onClick={onTake}
      className="flex min-h-11 cursor-pointer items-center gap-3 rounded-lg px-2.5 py-1.5 text-sm aria-selected:bg-sunken [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-faint"
    >
      {isSession ? <MessageSquareText aria-hidden /> : entry.action.icon}
      <span className="min-w-0 flex-1 truncate">{isSession ? entry.title : entry.action.name}</span>
      {isSession && <span className="max-w-[40%] shrink-0 truncate text-xs text-faint">{entry.about}</span>}
      {keys && <kbd className="rounded-md border border-line bg-sunken px-1.5 py-0.5 font-mono text-2xs text-faint max-sm:hidden" aria-hidden>{keys}</kbd>}
    </li>
  )
}

function useEntries(wanted: string, deeds: Deed[]): Entry<Deed>[] {
  const { value: cards } = useCards()
  const titles = useProjectTitles()
  // What the list beside it has asked for.
  const raw = useQueryClient().getQueryData<SessionView[]>(["sessions"])
  return useMemo(
    () => entriesFor(wanted, cards?.values() ?? [], (raw ?? []).filter((session) => !cards?.has(session.id)), deeds, titles),
    [wanted, cards, raw, deeds, titles],
  )
}

function useDeeds(onShortcuts: () => void): Deed[] {
  const navigate = useNavigate()
  return useMemo(() => [
    { name: "New session", also: "start task", keys: "n", icon: <Plus aria-hidden />, run: () => void navigate({ to: "/start" }) },
    { name: "Inbox", also: "home requests approvals", keys: "h", icon: <Inbox aria-hidden />, run: () => void navigate({ to: "/" }) },
    { name: "Settings", also: "theme notifications sign out", keys: "s", icon: <Settings aria-hidden />, run: () => void navigate({ to: "/settings" }) },
    { name: "Deliveries", also: "pull requests ci reviews merge", icon: <GitPullRequestArrow aria-hidden />, run: () => void navigate({ to: "/deliveries", search: {} }) },
    { name: "Grants", also: "allowed without asking revoke permissions", icon: <ShieldCheck aria-hidden />, run: () => void navigate({ to: "/grants", search: {} }) },
    { name: "Audit log", also: "history who allowed", icon: <ScrollText aria-hidden />, run: () => void navigate({ to: "/audit", search: {} }) },
    { name: "Keyboard shortcuts", also: "help keys", keys: "?", icon: <Keyboard aria-hidden />, run: onShortcuts },
    { name: "API reference", also: "openapi docs", icon: <BookOpen aria-hidden />, run: () => void window.open("/scalar", "_blank", "noopener") },
  ], [navigate, onShortcuts])
}
