// What would run, as the gateway tells it; secrets were masked there.
import { Folder } from "lucide-react"
import { type ReactNode, useState } from "react"
import type { Ask, HeldCall } from "../api/types.gen.ts"
import { DiffView, relative } from "../diff/diff-view.tsx"
import { Button } from "../kit/button.tsx"
import { classes } from "../kit/classes.ts"
import { visible } from "../lib/visible.ts"
import { text } from "./ask-state.ts"

/** A settled ask shows the first lines only. What would run stays in view above the buttons, however the page is scrolled. */
export function WhatRuns({ ask, collapsed }: { ask: Ask; collapsed: boolean }) {
  switch (ask.kind) {
    case "permission":
      return (
        <>
          <Kept open={!collapsed}>
            <Permission ask={ask} collapsed={collapsed} />
            <Place directory={ask.directory} />
          </Kept>
          {hasNoSubject(ask) && <More metadata={ask.metadata} />}
        </>
      )
    case "held":
    case "configuration":
      return (
        <Kept open={!collapsed}>
          <Held held={ask.held} directory={ask.directory} folded={collapsed} />
          <Place directory={ask.directory} />
        </Kept>
      )
    case "gate":
      return <p className="text-sm break-words whitespace-pre-wrap text-soft">{visible(ask.detail)}</p>
    case "question":
      return collapsed ? <Asked questions={ask.questions.map((question) => question.question)} /> : null
  }
}

function Kept({ open, children }: { open: boolean; children: ReactNode }) {
  return <div data-what className={classes("space-y-2", open && "sticky top-0 z-10 -mx-3 bg-raised px-3 py-1.5")}>{children}</div>
}

type PermissionAsk = Extract<Ask, { kind: "permission" }>

/** Neither a command nor a file tells what it is about. */
function hasNoSubject({ metadata }: PermissionAsk): boolean {
  return !text(metadata.command) && !text(metadata.diff) && !text(metadata.filepath)
}

function Permission({ ask, collapsed }: { ask: PermissionAsk; collapsed: boolean }) {
  const command = text(ask.metadata.command)
  const diff = text(ask.metadata.diff)
  const file = text(ask.metadata.filepath)
  if (command) return <Command command={command} />
  if (diff) return <FoldedDiff diff={diff} file={relative(file ?? ask.patterns.join(", "), ask.directory)} directory={ask.directory} folded={collapsed} />
  if (file) return <Command command={relative(file, ask.directory)} />
  return <Command command={ask.patterns.join("\n") || ask.permission} />
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

function Held({ held, directory, folded }: { held: HeldCall; directory: string; folded: boolean }) {
  const { tool, file, real_file, command, diff } = held
  return (
    <div className="space-y-1.5">
      <p className="text-[0.8125rem] text-soft">Tool: <code className="font-mono text-xs">{visible(tool)}</code></p>
      {command ? <Command command={command} /> : diff ? <FoldedDiff diff={diff} file={relative(file ?? tool, directory)} directory={directory} folded={folded} /> : file && <Command command={relative(file, directory)} />}
      {real_file && <p className="text-[0.8125rem] text-warn">Links lead this file to <code className="font-mono text-xs break-all">{visible(real_file)}</code>.</p>}
      {held.arguments && <Command command={JSON.stringify(held.arguments, undefined, 2)} label="Arguments" />}
    </div>
  )
}

/** All of it: nothing of a command may hide behind an ellipsis. */
function Command({ command, label = "What runs" }: { command: string; label?: string }) {
  return (
    <pre tabIndex={0} aria-label={label} className="max-h-[min(18rem,35dvh)] short:max-h-[20dvh] short:py-1.5 overflow-auto rounded-xl border border-line bg-sunken px-3.5 py-3 font-mono text-[0.8125rem] leading-relaxed break-words whitespace-pre-wrap">
      {visible(command)}
    </pre>
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

function More({ metadata }: { metadata: Record<string, unknown> }) {
  const told = Object.entries(metadata).filter(([, value]) => value !== "" && value !== null)
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
  return <div className="space-y-1 text-sm text-soft">{questions.map((question, at) => <p key={at} className="break-words">{visible(question)}</p>)}</div>
}
