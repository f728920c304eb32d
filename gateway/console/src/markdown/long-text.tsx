// Very long text, a part at a time.
import { useState } from "react"
import { classes } from "../kit/classes.ts"
import { visible } from "../lib/visible.ts"
import { Button } from "../kit/button.tsx"

const PART = 20_000

export function LongText({ text, part = PART, unwrapped }: { text: string; part?: number; unwrapped?: boolean }) {
  const [shown, setShown] = useState(part)
  const rest = text.length - shown
  return (
    <div>
      <pre className={classes("font-mono text-[0.8125rem] leading-relaxed", unwrapped ? "w-max min-w-full whitespace-pre" : "overflow-x-auto break-words whitespace-pre-wrap")}>{visible(text.slice(0, shown))}</pre>
      {rest > 0 && (
        <div className="mt-2 flex items-center gap-3 border-t border-line pt-2 text-[0.8125rem] text-faint">
          <Button size="small" onClick={() => setShown(shown + part * 5)}>Show more</Button>
          <span>{size(rest)} more</span>
        </div>
      )}
    </div>
  )
}

export function size(length: number): string {
  if (length < 10_000) return `${length.toLocaleString()} characters`
  if (length < 1024 * 1024) return `${Math.round(length / 1024)} KiB`
  return `${(length / 1024 / 1024).toFixed(1)} MiB`
}
