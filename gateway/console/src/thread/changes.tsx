// What the session changed: asked for once, listed beside the thread, and behind the names of files in it.
import { useQuery } from "@tanstack/react-query"
import { RefreshCw } from "lucide-react"
import { createContext, type ReactNode, useContext, useMemo, useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { Diff, SessionCard } from "../api/types.gen.ts"
import { DiffDialog } from "../diff/diff-dialog.tsx"
import { Counts } from "../diff/diff-view.tsx"
import { Button } from "../kit/button.tsx"
import { Notice } from "../kit/notice.tsx"
import { visible } from "../lib/visible.ts"
import { KnownFilesContext } from "../markdown/file-names.tsx"
import { finder } from "./changed-files.ts"

interface Known {
  changes?: Diff
  error: Error | null
  loading: boolean
  load(): void
  open(path: string): void
}

const KnownContext = createContext<Known | undefined>(undefined)

export function ChangesProvider({ card, children }: { card: SessionCard; children: ReactNode }) {
  const [opened, setOpened] = useState<string>()
  // Looked at anew when the agent does something else than before.
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: ["diff", card.session, card.doing, card.open_asks.length],
    queryFn: () => api.diff(card.session),
    enabled: card.online,
    placeholderData: (before) => before,
    retry: false,
  })
  const known = useMemo(() => ({ changes: data, error, loading: isFetching, load: () => void refetch(), open: setOpened }), [data, error, isFetching, refetch])
  const files = useMemo(() => (data?.files.length ? { find: finder(data.files, card.directory), open: setOpened } : undefined), [data, card.directory])
  return (
    <KnownContext value={known}>
      <KnownFilesContext value={files}>{children}</KnownFilesContext>
      {data && <DiffDialog changes={data} path={opened} onPath={setOpened} onClose={() => setOpened(undefined)} />}
    </KnownContext>
  )
}

export function ChangedFiles({ card }: { card: SessionCard }) {
  const known = useContext(KnownContext)
  if (!card.online) return <p className="text-[0.8125rem] text-faint">Agent offline; changes can't be loaded right now.</p>
  if (!known || (!known.changes && !known.error)) return <div className="h-4 w-2/3 animate-pulse rounded bg-sunken" />
  if (known.error || !known.changes) return <p className="text-[0.8125rem] text-bad">{known.error instanceof Problem ? known.error.detail : "Changes couldn't be loaded."}</p>
  const { files, note } = known.changes
  return (
    <>
      {files.length === 0 && <p className="text-[0.8125rem] text-faint">No changes yet</p>}
      <ul className="-mx-2">
        {files.map((file) => (
          <li key={file.path}>
            <button type="button" onClick={() => known.open(file.path)} className="flex min-h-9 w-full items-center justify-between gap-3 rounded-lg px-2 text-left hover:bg-sunken max-sm:min-h-11">
              <span className="min-w-0 truncate font-mono text-xs" title={visible(file.path)}>{visible(file.path)}</span>
              <Counts additions={file.additions} deletions={file.deletions} />
            </button>
          </li>
        ))}
      </ul>
      {note && <div className="mt-2" data-note><Notice>{visible(note)}</Notice></div>}
      {files.length > 0 && <Button look="quiet" size="small" className="-ml-2 mt-1" disabled={known.loading} onClick={known.load}><RefreshCw className={known.loading ? "animate-spin" : undefined} aria-hidden />Refresh</Button>}
    </>
  )
}
