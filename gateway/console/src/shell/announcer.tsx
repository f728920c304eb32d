// Tells of new asks: read out, in the title, and as a notification when nobody looks.
import { useNavigate } from "@tanstack/react-router"
import { useCallback, useEffect, useRef, useState } from "react"
import { useCards } from "../api/live.ts"
import { useOpenAsks } from "../asks/use-open-asks.ts"
import { inShort } from "../asks/ask-state.ts"
import { visible } from "../lib/visible.ts"
import { notify, unnotify, whenTapped } from "../lib/notify.ts"

export function Announcer() {
  const { value: cards } = useCards()
  const asks = useOpenAsks()
  const known = useRef<Set<string>>(undefined)
  const [said, setSaid] = useState("")
  const navigate = useNavigate()
  const open = useCallback((path: string) => void navigate({ to: path }), [navigate])

  useEffect(() => {
    if (!asks || !cards) return
    const before = known.current
    known.current = new Set(asks.map((ask) => ask.id))
    // What waits since before this page was opened is in the list.
    if (!before) return
    for (const { ask, card } of asks.map((ask) => ({ ask, card: cards.get(ask.session) })).filter(({ ask }) => !before.has(ask.id))) {
      const title = visible(card?.title ?? "") || "A session"
      setSaid(`${title} waits for you: ${inShort(ask)}`)
      const path = `/sessions/${card?.session ?? ask.session}`
      void notify({ title: `${title} waits for you`, body: inShort(ask), tag: ask.id, path }, open)
    }
    for (const id of before) if (!known.current.has(id)) void unnotify(id)
  }, [asks, cards, open])
  useEffect(() => whenTapped(open), [open])

  const count = asks?.length ?? 0
  useEffect(() => {
    const mark = () => {
      const plain = document.title.replace(/^\(\d+\) /, "")
      const wanted = count > 0 ? `(${count}) ${plain}` : plain
      if (document.title !== wanted) document.title = wanted
    }
    mark()
    const title = document.querySelector("title")
    if (!title) return
    const changed = new MutationObserver(mark)
    changed.observe(title, { childList: true })
    return () => changed.disconnect()
  }, [count])

  return <div role="status" aria-live="polite" className="sr-only">{said}</div>
}
