// What a tool wrote: to be copied, wrapped or not, and looked through line by line.
import { WrapText } from "lucide-react"
import { useDeferredValue, useMemo, useState } from "react"
import { Button } from "../kit/button.tsx"
import { classes } from "../kit/classes.ts"
import { visible } from "../lib/visible.ts"
import { CopyButton } from "../markdown/code-block.tsx"
import { LongText } from "../markdown/long-text.tsx"

/** Shorter output needs no search. */
const LONG_LINES = 12

export function Output({ text: told, bad }: { text: string; bad?: boolean }) {
  const text = told.trimEnd()
  const [wrapped, setWrapped] = useState(true)
  const [wanted, setWanted] = useState("")
  const looked = useDeferredValue(wanted)
  const lines = useMemo(() => text.split("\n"), [text])
  const found = useMemo(() => (looked ? lines.filter((line) => line.toLowerCase().includes(looked.toLowerCase())) : undefined), [lines, looked])
  return (
    <figure aria-label={bad ? "Error" : "Output"} className={classes("overflow-hidden rounded-xl border", bad ? "border-bad/30 bg-bad-wash text-bad" : "border-line bg-sunken/60")}>
      <figcaption className="flex min-h-9 items-center gap-1 border-b border-line pr-1 pl-3.5 text-2xs text-faint">
        <span className="flex-1">{found ? `${found.length} of ${lines.length} lines` : `${lines.length} ${lines.length === 1 ? "line" : "lines"}`}</span>
        {lines.length > LONG_LINES && (
          <input type="search" aria-label="Show only lines with" placeholder="Find" value={wanted} onChange={(event) => setWanted(event.target.value)} className="h-7 w-28 rounded-md bg-page px-2 text-xs text-ink placeholder:text-faint" />
        )}
        <Button look="quiet" size="small" className="h-6 px-2 text-2xs" aria-pressed={wrapped} onClick={() => setWrapped(!wrapped)}><WrapText aria-hidden />Wrap</Button>
        <CopyButton text={visible(text)} />
      </figcaption>
      <div tabIndex={0} role="region" aria-label={bad ? "Text of the error" : "Text of the output"} className="max-h-80 overflow-auto px-3.5 py-2.5">
        <LongText key={looked} text={found ? found.join("\n") : text} part={6_000} unwrapped={!wrapped} />
      </div>
    </figure>
  )
}
