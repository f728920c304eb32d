// What the model thought, folded: for those who want to know, and never an answer.
import * as Collapsible from "@radix-ui/react-collapsible"
import { Brain, ChevronRight, LoaderCircle } from "lucide-react"
import { useState } from "react"
import { classes } from "../kit/classes.ts"
import { duration } from "../lib/time.ts"
import { Markdown } from "../markdown/markdown.tsx"
import type { Thoughts } from "./thoughts.ts"

export function Thought({ item }: { item: Thoughts }) {
  const [open, setOpen] = useState(false)
  return (
    <Collapsible.Root open={open} onOpenChange={setOpen}>
      <Collapsible.Trigger
        disabled={!item.text}
        className="-mx-2 flex min-h-8 max-w-[calc(100%+1rem)] items-center gap-2.5 rounded-lg px-2 py-1 text-left text-[0.8125rem] text-faint enabled:hover:bg-sunken enabled:hover:text-soft disabled:cursor-default max-sm:min-h-11"
      >
        {item.complete ? <Brain className="size-3.5 shrink-0" aria-hidden /> : <LoaderCircle className="size-3.5 shrink-0 animate-spin text-accent-ink" aria-hidden />}
        {thoughtWords(item)}
        {item.text && <ChevronRight className={classes("size-3.5 shrink-0 transition-transform", open && "rotate-90")} aria-hidden />}
      </Collapsible.Trigger>
      <Collapsible.Content role="region" aria-label="The model's reasoning" data-thought className="mt-1 border-l-2 border-line pl-4">
        <p className="pb-2 text-xs text-faint">The model's own reasoning, as it reports it. It isn't an answer, and the agent may act differently.</p>
        <div className="max-h-[min(32rem,60dvh)] overflow-y-auto text-[0.8125rem] text-soft" tabIndex={0} role="group" aria-label="Reasoning">
          <Markdown text={item.text} />
        </div>
      </Collapsible.Content>
    </Collapsible.Root>
  )
}

/** Less than this is no time that means anything. */
const BRIEF_MS = 500

/** "Thought for 12 s", and what else is known of it. */
export function thoughtWords({ complete, took_ms, times = 1 }: Pick<Thoughts, "complete" | "took_ms" | "times">): string {
  if (!complete) return "Thinking…"
  if (times === 1 && took_ms !== undefined && took_ms < BRIEF_MS) return "Thought briefly"
  const often = times > 1 ? ` ${times} times,` : took_ms === undefined ? "" : " for"
  return took_ms === undefined ? `Thought${often}`.replace(/,$/, "") : `Thought${often} ${duration(took_ms)}`
}
