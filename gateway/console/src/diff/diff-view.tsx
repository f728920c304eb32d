import { useMemo, useState } from "react"
import { Button } from "../kit/button.tsx"
import { classes } from "../kit/classes.ts"
import { visible } from "../lib/visible.ts"
import { type DiffLine, parseDiff } from "./parse.ts"

/** Lines shown at once. */
const PART = 400

const LOOKS: Record<DiffLine["kind"], string> = {
  add: "bg-good-wash",
  remove: "bg-bad-wash",
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
}

/** A unified diff, one file or several; what is no diff is shown as it is. */
export function DiffView({ diff, showPaths = true, relativeTo, low }: DiffViewProps) {
  const files = useMemo(() => parseDiff(diff), [diff])
  if (files.length === 0) return <pre className="overflow-x-auto p-3 font-mono text-xs whitespace-pre-wrap">{visible(diff)}</pre>
  return (
    <div className="space-y-3">
      {files.map((file, at) => (
        <div key={at} className="overflow-hidden rounded-xl border border-line bg-raised">
          {showPaths && (
            <div className="flex items-center justify-between gap-3 border-b border-line px-3 py-1.5 text-xs">
              <span className="min-w-0 truncate font-mono" title={visible(file.path)}>{visible(relative(file.path, relativeTo))}</span>
              <Counts additions={file.additions} deletions={file.deletions} />
            </div>
          )}
          <Lines lines={file.lines} low={low} />
        </div>
      ))}
    </div>
  )
}

export function relative(path: string, directory: string | undefined): string {
  return directory && path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path
}

export function Counts({ additions, deletions }: { additions: number; deletions: number }) {
  return (
    <span className="shrink-0 font-mono text-xs tabular-nums">
      <span className="text-good" aria-label={`${additions} lines added`}>+{additions}</span>{" "}
      <span className="text-bad" aria-label={`${deletions} lines removed`}>−{deletions}</span>
    </span>
  )
}

/** Positioned, so that the words for screen readers scroll with their lines: outside of the box they made the page as long as the
 * whole difference. */
function Lines({ lines, low }: { lines: DiffLine[]; low?: boolean }) {
  const [shown, setShown] = useState(PART)
  return (
    <div tabIndex={0} role="region" aria-label="Difference" className={classes("relative overflow-auto font-mono text-xs leading-[1.65]", low ? "max-h-[min(24rem,40dvh)] short:max-h-[17dvh]" : "max-h-[min(40rem,70dvh)]")}>
      <table className="w-full border-collapse">
        <tbody>
          {lines.slice(0, shown).map((line, at) => (
            <tr key={at} className={LOOKS[line.kind]}>
              <td className="w-[1%] px-2 text-right text-faint select-none tabular-nums">{line.after ?? line.before ?? ""}</td>
              <td className={classes("w-[1%] pr-2 select-none", line.kind === "add" && "text-good", line.kind === "remove" && "text-bad")}>
                <span aria-hidden>{SIGNS[line.kind]}</span>
                {WORDS[line.kind] && <span className="sr-only">{WORDS[line.kind]}</span>}
              </td>
              <td className="pr-3 whitespace-pre">{visible(line.text) || " "}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {lines.length > shown && (
        <div className="sticky left-0 p-2">
          <Button size="small" onClick={() => setShown(shown + PART * 5)}>{lines.length - shown} more lines</Button>
        </div>
      )}
    </div>
  )
}
