// One item of a thread, by its kind.
import { Bot, Check, CircleAlert, CircleCheck, Flag, Info, TriangleAlert } from "lucide-react"
import { memo } from "react"
import type { ItemOf } from "../api/thread-fold.ts"
import type { ThreadItem } from "../api/types.gen.ts"
import { AskCard } from "../asks/ask-card.tsx"
import { classes } from "../kit/classes.ts"
import { clock, full } from "../lib/time.ts"
import { visible } from "../lib/visible.ts"
import { LongText } from "../markdown/long-text.tsx"
import { Markdown } from "../markdown/markdown.tsx"
import { MessageFiles } from "./message-files.tsx"
import { Thought } from "./thought.tsx"
import { ToolLines } from "./tool-lines.tsx"

/** A person's message that is longer than this is folded. */
const LONG_MESSAGE = 2_500

interface ItemProps {
  item: ThreadItem
  /** The same speaker spoke just before. */
  continued: boolean
  live: boolean
  /** Nothing follows it. */
  last: boolean
}

export const Item = memo(function Item({ item, continued, live, last }: ItemProps) {
  switch (item.kind) {
    case "said":
      return item.by.who === "agent" ? <AgentSaid item={item} continued={continued} writing={last && !item.complete} /> : <PersonSaid item={item} />
    case "thought":
      return <Thought item={item} />
    case "tools":
      return <ToolLines lines={item.lines} />
    case "milestones":
      return <Milestones item={item} />
    case "ask":
      return <AskCard ask={item.ask} live={live} />
    case "note":
      return <Note item={item} />
    default:
      return null
  }
})

function AgentSaid({ item, continued, writing }: { item: ItemOf<"said">; continued: boolean; writing: boolean }) {
  return (
    <div>
      {!continued && (
        <p className="mb-1.5 flex items-center gap-2 text-[0.8125rem] font-medium">
          <span className="grid size-5 place-items-center rounded-md bg-accent-wash text-accent-ink"><Bot className="size-3.5" aria-hidden /></span>
          Agent
          <Time at={item.at} />
        </p>
      )}
      <div className={writing ? "caret" : undefined} aria-busy={writing}>
        {item.text === "" && !item.complete ? <span className="text-sm text-faint">Thinking…</span> : <Markdown text={item.text.trimEnd()} streaming={writing} />}
      </div>
      <MessageFiles message={item.key} files={item.files} />
    </div>
  )
}

function PersonSaid({ item }: { item: ItemOf<"said"> }) {
  const name = item.by.who === "person" ? item.by.name : "Someone in OpenCode"
  return (
    <div className="flex justify-end">
      <div className="max-w-[min(42rem,88%)] min-w-0">
        <p className="mb-1 flex items-center justify-end gap-2 text-[0.8125rem] font-medium">
          {item.queued && <span className="rounded-full bg-warn-wash px-2 text-2xs leading-5 font-semibold text-warn">Queued</span>}
          <span className="truncate">{name}</span>
          <Time at={item.at} />
        </p>
        <div className={classes("rounded-2xl rounded-tr-md bg-accent-wash px-4 py-2.5 break-words", item.queued && "opacity-75")}>
          {item.text.length > LONG_MESSAGE ? <LongText text={item.text} part={1_000} /> : <Markdown text={item.text} breaks />}
          <MessageFiles message={item.key} files={item.files} />
        </div>
      </div>
    </div>
  )
}

function Milestones({ item }: { item: ItemOf<"milestones"> }) {
  return (
    <ul aria-label="Milestones" className="space-y-2 border-l-2 border-accent/60 pl-4">
      {item.milestones.map((milestone) => (
        <li key={milestone.id}>
          <p className="flex flex-wrap items-center gap-x-2">
            <Flag className="size-3.5 text-accent-ink" aria-hidden />
            <span className="font-semibold break-words">{visible(milestone.description)}</span>
            <span className="rounded-full bg-sunken px-2 text-2xs leading-5 text-soft">{visible(milestone.sort)}</span>
            <Time at={milestone.at} />
          </p>
          {milestone.details && <p className="mt-0.5 text-sm break-words whitespace-pre-wrap text-soft">{visible(milestone.details)}</p>}
        </li>
      ))}
    </ul>
  )
}

const NOTES = {
  info: { look: "text-faint", Icon: Info },
  good: { look: "text-good", Icon: CircleCheck },
  warning: { look: "text-warn", Icon: TriangleAlert },
  error: { look: "text-bad", Icon: CircleAlert },
}

/** A text that begins with a sign of its own needs no other. */
const HAS_SIGN = /^\p{Extended_Pictographic}/u

function Note({ item }: { item: ItemOf<"note"> }) {
  const { look, Icon } = NOTES[item.tone] ?? { look: "text-faint", Icon: Check }
  return (
    <div className={classes("flex gap-2.5 text-[0.8125rem]", look)}>
      {HAS_SIGN.test(item.text) ? null : <Icon className="mt-[0.2rem] size-3.5 shrink-0" aria-hidden />}
      <div className="min-w-0 flex-1">
        <p className="break-words whitespace-pre-wrap">{visible(item.text)}</p>
        {item.details && (
          <details className="mt-1 text-faint">
            <summary className="cursor-pointer">Details</summary>
            <pre className="mt-1 max-h-60 overflow-auto rounded-lg bg-sunken p-2.5 font-mono text-xs break-words whitespace-pre-wrap">{visible(item.details)}</pre>
          </details>
        )}
      </div>
      <Time at={item.at} />
    </div>
  )
}

function Time({ at }: { at: string }) {
  return <time dateTime={at} title={full(at)} className="shrink-0 text-2xs font-normal text-faint tabular-nums">{clock(at)}</time>
}
