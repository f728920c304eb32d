// Where a thread stands while new things arrive: at its end, or at the top of the first request that is open, so that what is
// asked is in view together with its buttons. Whoever scrolls decides for themselves until they are back at the end.
import type { Virtualizer } from "@tanstack/react-virtual"
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react"
import type { ThreadItem } from "../api/types.gen.ts"
import { isOpen } from "../asks/ask-state.ts"

/** So near to the end counts as at the end. */
const NEAR_END = 120

/** Left free above a card. */
const ABOVE = 8

/** How a person scrolls. */
const MOVES = ["wheel", "touchmove", "pointerdown", "keydown"]
const SCROLLS = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " "])

type Following = "request" | "end" | "nothing"

export function firstOpenAsk(items: readonly ThreadItem[]): number {
  return items.findIndex((item) => item.kind === "ask" && isOpen(item.ask))
}

export function useFollow(scroller: RefObject<HTMLDivElement | null>, virtual: Virtualizer<HTMLDivElement, Element>, items: readonly ThreadItem[]) {
  const following = useRef<Following>("request")
  const [away, setAway] = useState(false)
  const height = virtual.getTotalSize()
  const asked = firstOpenAsk(items)
  const askedKey = asked >= 0 ? items[asked]!.key : undefined

  const place = useCallback(() => {
    const element = scroller.current
    if (!element || following.current === "nothing") return
    const end = element.scrollHeight - element.clientHeight
    const top = following.current === "request" && asked >= 0 ? (virtual.measurementsCache[asked]?.start ?? end) - ABOVE : end
    element.scrollTop = Math.max(0, Math.min(top, end))
  }, [scroller, virtual, asked])

  // Another request is looked at, also by those who had gone on to the end of the one before.
  useLayoutEffect(() => {
    if (askedKey && following.current === "end") following.current = "request"
  }, [askedKey])
  useLayoutEffect(place, [place, height, items])

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    let last = element.scrollTop
    let byPerson = false
    const meant = (event: Event) => {
      if (event instanceof KeyboardEvent && !SCROLLS.has(event.key)) return
      // Pressed on the bar, and not on something in the thread.
      if (event.type === "pointerdown" && event.target !== element) return
      byPerson = true
    }
    const scrolled = () => {
      const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END
      const upwards = element.scrollTop < last - 2
      last = element.scrollTop
      // Only a person's move ends the following; growth below does not.
      if (byPerson && atEnd) following.current = "end"
      else if (byPerson || (upwards && following.current !== "request")) following.current = "nothing"
      else if (atEnd && following.current === "nothing") following.current = "end"
      setAway(following.current === "nothing" && !atEnd)
    }
    const rested = () => (byPerson = false)
    for (const event of MOVES) element.addEventListener(event, meant, { passive: true })
    element.addEventListener("scroll", scrolled, { passive: true })
    element.addEventListener("scrollend", rested)
    const resized = new ResizeObserver(() => place())
    resized.observe(element)
    return () => {
      for (const event of MOVES) element.removeEventListener(event, meant)
      element.removeEventListener("scroll", scrolled)
      element.removeEventListener("scrollend", rested)
      resized.disconnect()
    }
  }, [scroller, place])

  const toEnd = () => {
    following.current = "end"
    setAway(false)
    virtual.scrollToIndex(items.length - 1, { align: "end" })
  }
  const toItem = (at: number) => {
    following.current = "nothing"
    virtual.scrollToIndex(at, { align: "start" })
  }
  return { away, toEnd, toItem, height }
}
