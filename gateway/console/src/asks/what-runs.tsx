// What would run, as the gateway tells it; secrets were masked there.
import { Folder } from "lucide-react"
import { useState } from "react"
import type { AskView, CommandRuns } from "../api/types.gen.ts"
import { DiffView, relative } from "../diff/diff-view.tsx"
import { Button } from "../kit/button.tsx"
import { classes } from "../kit/classes.ts"
import { visible } from "../lib/visible.ts"
import { DeliveryFacts } from "./delivery-facts.tsx"

/** A settled ask shows the first lines only. What would run stays in view above the buttons, however the page is scrolled. */
export function WhatRuns({ ask, collapsed }: { ask: AskView; collapsed: boolean }) {
  switch (ask.kind) {
    case "question":
      return collapsed ? <Asked questions={ask.display.questions.map(({ question }) => question)} /> : null
    case "delivery":
      return <DeliveryFacts sheet={ask.sheet} folded={collapsed} />
    case "gate":
    case "deploy":
      return <p className="text-sm break-words whitespace-pre-wrap text-soft">{visible(ask.detail)}</p>
    default:
      return (
        <>
          <div data-what className={classes("space-y-2", !collapsed && "sticky top-0 z-10 -mx-3 bg-raised px-3 py-1.5")}>
            <Subject ask={ask} folded={collapsed} />
            <Place directory={ask.directory} />
          </div>
          {ask.kind === "permission" && hasNoSubject(ask.metadata) && <More metadata={ask.metadata} shown={ask.display.subject.text} />}
        </>
      )
  }
}

function Subject({ ask, folded }: { ask: AskView; folded: boolean }) {
  const { kind, text, tool, real_file } = ask.display.subject
  const what = kind === "file" ? relative(text, ask.directory) : text
  const [diff, rest] = partsOf(ask)
  return (
    <div className="space-y-1.5">
      {tool && <p className="text-[0.8125rem] text-soft">Tool: <code className="font-mono text-xs">{tool}</code></p>}
      {diff && kind !== "command" ? <FoldedDiff diff={diff} file={what} directory={ask.directory} folded={folded} /> : <Command command={what} />}
      {!folded && ask.display.runs && <Runs runs={ask.display.runs} />}
      {real_file && <p className="text-[0.8125rem] text-warn">Through links, this file is really <code className="font-mono text-xs break-all">{real_file}</code>.</p>}
      {rest && <Command command={JSON.stringify(rest, undefined, 2)} label="Arguments" />}
    </div>
  )
}

/** How the file would change, and what nothing else shows. */
function partsOf(ask: AskView): [diff: string | undefined, rest: object | undefined] {
  if (ask.kind === "held" || ask.kind === "configuration") return [ask.held.diff, ask.held.arguments]
  return [ask.kind === "permission" ? given(ask.metadata.diff) : undefined, undefined]
}

function given(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined
}

/** Neither a command nor a file tells what it is about. */
function hasNoSubject({ command, diff, filepath }: Record<string, unknown>): boolean {
  return !given(command) && !given(diff) && !given(filepath)
}

function FoldedDiff({ diff, file, directory, folded }: { diff: string; file: string; directory: string; folded: boolean }) {
  const [opened, setOpened] = useState(false)
  if (folded && !opened) {
    return (
      <div className="flex items-center gap-3">
        <code className="min-w-0 truncate font-mono text-[0.8125rem]" title={visible(file)}>{visible(file)}</code>
        <Button size="small" onClick={() => setOpened(true)}>Show diff</Button>
      </div>
    )
  }
  return <DiffView diff={diff} relativeTo={directory} low />
}

/** All of it: nothing of a command may hide behind an ellipsis. */
function Command({ command, label = "What runs" }: { command: string; label?: string }) {
  return (
    <pre tabIndex={0} aria-label={label} className="max-h-[min(18rem,35dvh)] short:max-h-[20dvh] short:py-1.5 overflow-auto rounded-xl border border-line bg-sunken px-3.5 py-3 font-mono text-[0.8125rem] leading-relaxed break-words whitespace-pre-wrap">
      {visible(command)}
    </pre>
  )
}

/** The command as it was read: a line for each program, whatever stands around it. */
function Runs({ runs: { head, lines } }: { runs: CommandRuns }) {
  return (
    <div className="space-y-1 text-[0.8125rem]">
      <p className="text-soft">{head}:</p>
      <ol tabIndex={0} aria-label={head} data-runs className="max-h-[min(10rem,20dvh)] overflow-auto rounded-xl border border-line px-3.5 py-2 font-mono text-xs leading-5">
        {lines.map((line, at) => <li key={at} className="break-words whitespace-pre-wrap">{line}</li>)}
      </ol>
    </div>
  )
}

function Place({ directory }: { directory: string }) {
  return (
    <p className="flex gap-2 text-xs text-faint">
      <Folder className="mt-0.5 size-3.5 shrink-0" aria-hidden />
      <span className="min-w-0 font-mono break-all"><span className="sr-only">In the directory </span>{visible(directory)}</span>
    </p>
  )
}

function More({ metadata, shown }: { metadata: Record<string, unknown>; shown: string }) {
  const told = Object.entries(metadata).filter(([, value]) => value !== "" && value !== null && value !== shown)
  if (told.length === 0) return null
  return (
    <dl className="space-y-1 text-[0.8125rem]">
      {told.slice(0, 20).map(([name, value]) => (
        <div key={name} className="flex gap-2">
          <dt className="shrink-0 text-faint">{visible(name)}</dt>
          <dd className="min-w-0 font-mono text-xs leading-5 break-all">{visible(typeof value === "string" ? value : JSON.stringify(value)).slice(0, 2000)}</dd>
        </div>
      ))}
    </dl>
  )
}

function Asked({ questions }: { questions: string[] }) {
  return <div className="space-y-1 text-sm text-soft">{questions.map((question, at) => <p key={at} className="break-words">{question}</p>)}</div>
}
