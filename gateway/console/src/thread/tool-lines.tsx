// What the agent did, a line each; the details are there on request.
import * as Collapsible from "@radix-ui/react-collapsible"
import { Ban, BookOpen, ChevronRight, CircleHelp, CircleX, FilePen, FlaskConical, Globe, ListTodo, LoaderCircle, Search, Terminal, Users, Wrench } from "lucide-react"
import { useState } from "react"
import type { ToolDetail, ToolLine } from "../api/types.gen.ts"
import { DiffView } from "../diff/diff-view.tsx"
import { classes } from "../kit/classes.ts"
import { duration } from "../lib/time.ts"
import { visible } from "../lib/visible.ts"
import { Output } from "./output.tsx"

const ICONS: [RegExp, typeof Wrench][] = [
  [/^📖/u, BookOpen],
  [/^🔍/u, Search],
  [/^🔧/u, FilePen],
  [/^🧪/u, FlaskConical],
  [/^⚙️?/u, Terminal],
  [/^🌐/u, Globe],
  [/^🤝/u, Users],
  [/^❓/u, CircleHelp],
  [/^📝/u, ListTodo],
  [/^❌/u, CircleX],
  [/^🚫/u, Ban],
]

/** The line's emoji becomes an icon in the page's own hand. */
export function splitLine(line: string): { Icon: typeof Wrench; words: string } {
  for (const [mark, Icon] of ICONS) if (mark.test(line)) return { Icon, words: line.replace(mark, "").replace(/^\uFE0F?\s*/, "") }
  return { Icon: Wrench, words: line }
}

export function ToolLines({ lines }: { lines: ToolLine[] }) {
  return <ul aria-label="What the agent did" className="space-y-0.5">{lines.map((line, at) => <Line key={at} line={line} />)}</ul>
}

function Line({ line }: { line: ToolLine }) {
  const [open, setOpen] = useState(false)
  const { Icon, words } = splitLine(line.text)
  const running = line.state === "running" || line.state === "waiting"
  const more = line.details.some((detail) => detail.output || detail.error || detail.diff || line.details.length > 1)
  const [verb, subject] = cut(visible(words))
  return (
    <Collapsible.Root asChild open={open} onOpenChange={setOpen}>
      <li>
        <Collapsible.Trigger
          disabled={!more}
          className={classes(
            "-mx-2 flex min-h-8 w-[calc(100%+1rem)] items-center gap-2.5 rounded-lg px-2 py-1 text-left text-[0.8125rem] enabled:hover:bg-sunken disabled:cursor-default",
            line.state === "failed" ? "text-bad" : "text-soft",
          )}
        >
          {running ? <LoaderCircle className="size-3.5 shrink-0 animate-spin text-accent-ink" aria-label={line.state} /> : <Icon className="size-3.5 shrink-0" aria-hidden />}
          <span className={classes("min-w-0 flex-1", open ? "break-words" : "truncate")} title={open ? undefined : visible(words)}>
            {verb}
            {subject && <> <code className="font-mono text-xs">{subject}</code></>}
          </span>
          {line.state === "waiting" && <span className="text-2xs text-faint">waiting</span>}
          {line.state === "failed" && <span className="sr-only">, failed</span>}
          <Ended details={line.details} />
          {more && <ChevronRight className={classes("size-3.5 shrink-0 text-faint transition-transform", open && "rotate-90")} aria-hidden />}
        </Collapsible.Trigger>
        <Collapsible.Content className="space-y-3 py-2 pl-6">
          {line.details.map((detail, at) => <Detail key={at} detail={detail} many={line.details.length > 1} />)}
        </Collapsible.Content>
      </li>
    </Collapsible.Root>
  )
}

/** How it ended: the exit code where it is no success, and how long it took. */
function Ended({ details }: { details: ToolDetail[] }) {
  const code = details.length === 1 ? details[0]!.exit_code : undefined
  const took = details.reduce((sum, detail) => sum + (detail.took_ms ?? 0), 0)
  return (
    <span className="flex shrink-0 items-center gap-2 text-2xs text-faint tabular-nums">
      {code !== undefined && code !== 0 && <span data-exit className="rounded-full bg-warn-wash px-2 leading-5 font-semibold text-warn">exit {code}</span>}
      {took >= SHOWN_FROM_MS && <span>{duration(took)}</span>}
    </span>
  )
}

/** What is over at once needs no time beside it. */
const SHOWN_FROM_MS = 500

function cut(words: string): [string, string | undefined] {
  const colon = words.indexOf(": ")
  return colon > 0 && colon < 24 ? [words.slice(0, colon), words.slice(colon + 2)] : [words, undefined]
}

function Detail({ detail, many }: { detail: ToolDetail; many: boolean }) {
  return (
    <div className="space-y-2">
      {(many || detail.subject.length > 100) && <p className="font-mono text-xs break-words text-soft">{visible(detail.subject)}</p>}
      {detail.diff && <DiffView diff={detail.diff} />}
      {detail.error && <Output text={detail.error} bad />}
      {detail.output && !detail.diff && <Output text={detail.output} />}
    </div>
  )
}
