// One changed file at a time, in full width, with a way to the others.
import { ChevronLeft, ChevronRight } from "lucide-react"
import { useEffect, useRef } from "react"
import type { Diff } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Dialog } from "../kit/dialog.tsx"
import { Notice } from "../kit/notice.tsx"
import { visible } from "../lib/visible.ts"
import { CopyButton } from "../markdown/code-block.tsx"
import { Counts, DiffView, useWrap, WrapButton } from "./diff-view.tsx"

interface DiffDialogProps {
  changes: Diff
  /** The file that is shown; none when nothing is. */
  path?: string
  onPath(path: string): void
  onClose(): void
}

export function DiffDialog({ changes: { files, note }, path, onPath, onClose }: DiffDialogProps) {
  const at = files.findIndex((file) => file.path === path)
  const file = files[at]
  return (
    <Dialog wide open={path !== undefined} onClose={onClose} title={visible(path ?? "")}>
      {file ? <OneFile key={file.path} file={file} place={{ at, of: files.length }} onStep={(by) => onPath(files[at + by]!.path)} /> : <p className="text-sm text-soft">This file is no longer among the changes.</p>}
      {note && <div className="mt-3" data-note><Notice>{visible(note)}</Notice></div>}
    </Dialog>
  )
}

interface OneFileProps {
  file: Diff["files"][number]
  place: { at: number; of: number }
  onStep(by: 1 | -1): void
}

function OneFile({ file, place: { at, of }, onStep }: OneFileProps) {
  const wrap = useWrap()
  const read = useRef<HTMLDivElement>(null)
  // Also the next file is begun at its text, and not at the button that led to it.
  useEffect(() => read.current?.querySelector<HTMLElement>("[data-begin]")?.focus(), [])
  return (
    <div ref={read}>
      <div className="mb-2 flex flex-wrap items-center gap-x-2 gap-y-1 text-[0.8125rem]">
        <Counts additions={file.additions} deletions={file.deletions} />
        <span className="flex-1" />
        {file.patch && <WrapButton {...wrap} />}
        {file.patch && <CopyButton text={visible(file.patch)} label="Copy patch" />}
        {of > 1 && (
          <span className="flex items-center">
            <Button look="quiet" size="icon" disabled={at === 0} onClick={() => onStep(-1)} aria-label="Previous file"><ChevronLeft /></Button>
            <span className="text-faint tabular-nums">{at + 1} of {of}</span>
            <Button look="quiet" size="icon" disabled={at === of - 1} onClick={() => onStep(1)} aria-label="Next file"><ChevronRight /></Button>
          </span>
        )}
      </div>
      {file.patch ? <DiffView diff={file.patch} showPaths={false} tall wrapped={wrap.wrapped} /> : <p className="text-sm text-soft">No text preview (binary file)</p>}
    </div>
  )
}
