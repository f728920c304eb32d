// The items of a thread, of which only those in view are drawn. At its end it stays at the end.
import { useVirtualizer } from "@tanstack/react-virtual"
import { ArrowDown } from "lucide-react"
import { useEffect, useMemo, useRef } from "react"
import type { ThreadItem } from "../api/types.gen.ts"
import { isOpen } from "../asks/ask-state.ts"
import { Button } from "../kit/button.tsx"
import { NEXT_REQUEST } from "../lib/keyboard.ts"
import { useFollow } from "./follow.ts"
import { Item } from "./items.tsx"
import { thoughtsTogether } from "./thoughts.ts"

const GUESSES: Record<ThreadItem["kind"], number> = { said: 90, thought: 40, tools: 56, milestones: 60, ask: 340, note: 44 }

export function ThreadList({ items: all, live }: { items: readonly ThreadItem[]; live: boolean }) {
  const items = useMemo(() => thoughtsTogether(all), [all])
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    getItemKey: (at) => items[at]!.key,
    estimateSize: (at) => GUESSES[items[at]!.kind] ?? 80,
    overscan: 8,
    paddingStart: 24,
    paddingEnd: 12,
  })
  const { away, toEnd, toItem, height } = useFollow(scroller, virtual, items)
  useNextRequest(scroller, items, toItem)
  // Messages that wait stand below what the agent is still writing.
  const newest = items.findLastIndex((item) => !(item.kind === "said" && item.queued))

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div ref={scroller} tabIndex={0} role="log" aria-live="off" aria-label="Thread" className="min-h-0 flex-1 overflow-x-hidden overflow-y-auto overscroll-contain focus-visible:-outline-offset-2" data-thread>
        <div className="relative mx-auto w-full max-w-3xl" style={{ height }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const item = items[index]!
            // Not by a transform: what sticks inside would stick to where the item is without it.
            return (
              <div key={key} ref={virtual.measureElement} data-index={index} data-kind={item.kind} className="absolute inset-x-0 px-4 pb-5 sm:px-6 short:pb-2" style={{ top: start }}>
                <Item item={item} continued={continues(items, index)} live={live} last={index === newest} />
              </div>
            )
          })}
        </div>
      </div>
      {/* Below the thread and not over it: it covered buttons. */}
      {away && (
        <div className="flex justify-center py-1">
          <Button size="small" className="rounded-full" onClick={toEnd}><ArrowDown aria-hidden />Jump to latest</Button>
        </div>
      )}
    </div>
  )
}

/** From the request that has the focus to the next open one, and from the last to the first. */
function useNextRequest(scroller: React.RefObject<HTMLDivElement | null>, items: readonly ThreadItem[], toItem: (at: number) => void) {
  useEffect(() => {
    const asked = (event: Event) => {
      const open = items.flatMap((item, at) => (item.kind === "ask" && isOpen(item.ask) ? [{ at, id: item.ask.id }] : []))
      if (open.length === 0) return
      event.preventDefault()
      const focused = document.activeElement?.closest<HTMLElement>("[data-ask]")?.dataset.ask
      const next = open[(open.findIndex(({ id }) => id === focused) + 1) % open.length]!
      toItem(next.at)
      focusWhenDrawn(scroller.current, next.id)
    }
    window.addEventListener(NEXT_REQUEST, asked)
    return () => window.removeEventListener(NEXT_REQUEST, asked)
  }, [scroller, items, toItem])
}

function focusWhenDrawn(list: HTMLElement | null, ask: string, tries = 20) {
  const card = list?.querySelector<HTMLElement>(`[data-ask="${CSS.escape(ask)}"]`)
  if (card) card.querySelector<HTMLElement>("button:not(:disabled)")?.focus({ preventScroll: true })
  else if (tries > 0) requestAnimationFrame(() => focusWhenDrawn(list, ask, tries - 1))
}

/** The agent goes on after its tools and milestones; a heading each time would be noise. */
function continues(items: readonly ThreadItem[], at: number): boolean {
  for (let before = at - 1; before >= 0; before--) {
    const item = items[before]!
    if (item.kind === "said") return item.by.who === "agent"
  }
  return false
}
