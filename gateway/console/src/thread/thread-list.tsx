// The items of a thread, of which only those in view are drawn. At its end it stays at the end.
import { useVirtualizer } from "@tanstack/react-virtual"
import { ArrowDown } from "lucide-react"
import { useEffect, useLayoutEffect, useRef, useState } from "react"
import type { ThreadItem } from "../api/types.ts"
import { Button } from "../kit/button.tsx"
import { Item } from "./items.tsx"

/** So near to the end counts as at the end. */
const NEAR_END = 120

const GUESSES: Record<ThreadItem["kind"], number> = { said: 90, tools: 56, milestones: 60, ask: 340, note: 44 }

export function ThreadList({ items, live }: { items: readonly ThreadItem[]; live: boolean }) {
  const scroller = useRef<HTMLDivElement>(null)
  const [atEnd, setAtEnd] = useState(true)
  const follow = useRef(true)
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    getItemKey: (at) => items[at]!.key,
    estimateSize: (at) => GUESSES[items[at]!.kind] ?? 80,
    overscan: 8,
    paddingStart: 24,
    paddingEnd: 32,
  })
  const height = virtual.getTotalSize()

  // What is new is followed only by those who are at the end.
  useLayoutEffect(() => {
    const element = scroller.current
    if (element && follow.current) element.scrollTop = element.scrollHeight
  }, [height, items])

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    let last = element.scrollTop
    const scrolled = () => {
      const left = element.scrollHeight - element.scrollTop - element.clientHeight
      // Only a person's move upwards ends the following; growth below does not.
      if (left < NEAR_END) follow.current = true
      else if (element.scrollTop < last - 2) follow.current = false
      last = element.scrollTop
      setAtEnd(follow.current)
    }
    element.addEventListener("scroll", scrolled, { passive: true })
    const resized = new ResizeObserver(() => follow.current && (element.scrollTop = element.scrollHeight))
    resized.observe(element)
    return () => {
      element.removeEventListener("scroll", scrolled)
      resized.disconnect()
    }
  }, [])

  const toEnd = () => {
    follow.current = true
    setAtEnd(true)
    virtual.scrollToIndex(items.length - 1, { align: "end" })
  }

  return (
    <div className="relative min-h-0 flex-1">
      <div ref={scroller} tabIndex={0} role="log" aria-live="off" aria-label="Thread" className="h-full overflow-x-hidden overflow-y-auto overscroll-contain focus-visible:-outline-offset-2" data-thread>
        <div className="relative mx-auto w-full max-w-3xl" style={{ height }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const item = items[index]!
            return (
              <div key={key} ref={virtual.measureElement} data-index={index} data-kind={item.kind} className="absolute inset-x-0 top-0 px-4 pb-5 sm:px-6" style={{ transform: `translateY(${start}px)` }}>
                <Item item={item} continued={continues(items, index)} live={live} last={index === items.length - 1} />
              </div>
            )
          })}
        </div>
      </div>
      {!atEnd && (
        <Button size="small" className="absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full shadow-lg" onClick={toEnd}><ArrowDown aria-hidden />Newest</Button>
      )}
    </div>
  )
}

/** The agent goes on after its tools and milestones; a heading each time would be noise. */
function continues(items: readonly ThreadItem[], at: number): boolean {
  for (let before = at - 1; before >= 0; before--) {
    const item = items[before]!
    if (item.kind === "said") return item.by.who === "agent"
  }
  return false
}
