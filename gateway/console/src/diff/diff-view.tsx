import { WrapText } from "lucide-react"
import { useMemo, useState } from "react"
import { Button } from "../kit/button.tsx"
import { classes } from "../kit/classes.ts"
import { visible } from "../lib/visible.ts"
import { type DiffLine, parseDiff } from "./parse.ts"

/** Lines shown at once. */
const PART = 400

// Not by colour alone: a bar and a sign say it too.
const LOOKS: Record<DiffLine["kind"], string> = {
  add: "bg-good-wash shadow-[inset_3px_0_0_var(--good)]",
  remove: "bg-bad-wash shadow-[inset_3px_0_0_var(--bad)]",
  same: "",
  gap: "bg-sunken text-faint",
}

const SIGNS: Record<DiffLine["kind"], string> = { add: "+", remove: "−", same: " ", gap: "⋯" }
const WORDS: Record<DiffLine["kind"], string> = { add: "added", remove: "removed", same: "", gap: "" }

interface DiffViewProps {
  diff: string
  showPaths?: boolean
  relativeTo?: string
  /** Leaves room for the buttons below it, also on a phone on its side. */
  low?: boolean
  /** Has a page to itself. */
  tall?: boolean
  /** Set from outside; by itself each file has a button for it. */
  wrapped?: boolean
}

export function useWrap() {
  const [wrapped, setWrapped] = useState(false)
  return { wrapped, toggle: () => setWrapped(!wrapped) }
}

export function WrapButton({ wrapped, toggle }: ReturnType<typeof useWrap>) {
  return <Button look="quiet" size="small" className="h-6 px-2 text-2xs aria-pressed:bg-sunken" aria-pressed={wrapped} onClick={toggle}><WrapText aria-hidden />Wrap</Button>
}

/** A unified diff, one file or several; what is no diff is shown as it is. */
export function DiffView({ diff, showPaths = true, relativeTo, low, tall, wrapped }: DiffViewProps) {
  const own = useWrap()
  const files = useMemo(() => parseDiff(diff), [diff])
  if (files.length === 0) return <pre tabIndex={0} data-begin className="overflow-x-auto p-3 font-mono text-xs whitespace-pre-wrap">{visible(diff)}</pre>
  return (
    <div className="space-y-3">
      {files.map((file, at) => (
        <div key={at} className="overflow-hidden rounded-xl border border-line bg-raised">
          {showPaths && (
            <div className="flex items-center justify-between gap-3 border-b border-line px-3 py-1.5 text-xs">
              <span className="min-w-0 flex-1 truncate font-mono" title={visible(file.path)}>{visible(relative(file.path, relativeTo))}</span>
              <WrapButton {...own} />
              <Counts additions={file.additions} deletions={file.deletions} />
            </div>
          )}
          <Lines lines={file.lines} height={low ? "low" : tall ? "tall" : "normal"} wrapped={wrapped ?? own.wrapped} />
        </div>
      ))}
    </div>
  )
}

export function relative(path: string, directory: string | undefined): string {
  return directory && path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path
}

/** Of a file that is no text nobody counts lines. */
export function Counts({ additions, deletions }: { additions?: number; deletions?: number }) {
  if (additions === undefined && deletions === undefined) return null
  return (
    <span className="shrink-0 font-mono text-xs tabular-nums">
      <span className="text-good" aria-label={`${additions ?? 0} lines added`}>+{additions ?? 0}</span>{" "}
      <span className="text-bad" aria-label={`${deletions ?? 0} lines removed`}>−{deletions ?? 0}</span>
    </span>
  )
}

const HEIGHTS = {
  low: "max-h-[min(24rem,40dvh)] short:max-h-[14dvh]",
  normal: "max-h-[min(40rem,70dvh)]",
  tall: "max-h-[calc(100dvh-17rem)] short:max-h-[60dvh]",
}

/** Positioned, so that the words for screen readers scroll with their lines: outside of the box they made the page as long as the
 * whole difference. */
function Lines({ lines, height, wrapped }: { lines: DiffLine[]; height: keyof typeof HEIGHTS; wrapped: boolean }) {
  const [shown, setShown] = useState(PART)
  return (
    <div tabIndex={0} data-begin role="region" aria-label="Difference" className={classes("relative overflow-auto font-mono text-xs leading-[1.65] focus-visible:-outline-offset-2", HEIGHTS[height])}>
      <table className="w-full border-collapse">
        <tbody>
          {lines.slice(0, shown).map((line, at) => (
            <tr key={at} className={classes("align-top", LOOKS[line.kind])}>
              <td className="w-[1%] px-2 text-right text-faint select-none tabular-nums">{line.after ?? line.before ?? ""}</td>
              <td className={classes("w-[1%] pr-2 select-none", line.kind === "add" && "text-good", line.kind === "remove" && "text-bad")}>
                <span aria-hidden>{SIGNS[line.kind]}</span>
                {WORDS[line.kind] && <span className="sr-only">{WORDS[line.kind]}</span>}
              </td>
              <td className={classes("pr-3", wrapped ? "[overflow-wrap:anywhere] whitespace-pre-wrap" : "whitespace-pre")}>{visible(line.text) || " "}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {lines.length > shown && (
        <div className="sticky left-0 p-2">
          <Button size="small" onClick={() => setShown(shown + PART * 5)}>Show {Math.min(PART * 5, lines.length - shown).toLocaleString("en")} more of {lines.length.toLocaleString("en")} lines</Button>
        </div>
      )}
    </div>
  )
}
