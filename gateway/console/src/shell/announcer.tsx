// Tells of new asks, of those whose time is almost over, and of those that nobody answered: read out, in the title, and as a
// notification when nobody looks.
import { useNavigate } from "@tanstack/react-router"
import { useCallback, useEffect, useRef, useState } from "react"
import { api } from "../api/client.ts"
import { useCards, type Cards } from "../api/live.ts"
import type { AskView } from "../api/types.gen.ts"
import { endsSoon, SOON_MS, takesLate } from "../asks/ask-state.ts"
import { plain } from "../asks/phrase.tsx"
import { useOpenAsks } from "../asks/use-open-asks.ts"
import { notify, unnotify, whenTapped } from "../lib/notify.ts"
import { visible } from "../lib/visible.ts"

type Tell = (ask: AskView, words: string, note?: { tag?: string; again?: boolean }) => void

export function Announcer() {
  const { value: cards } = useCards()
  const asks = useOpenAsks()
  const [said, setSaid] = useState("")
  const navigate = useNavigate()
  const open = useCallback((path: string) => void navigate({ to: path }), [navigate])
  const newest = useRef(cards)
  newest.current = cards

  const tell = useCallback<Tell>((ask, words, note) => {
    const { title, path } = sessionOf(newest.current, ask)
    const about = plain(ask.display.summary)
    setSaid(`${title} ${words}: ${about}`)
    void notify({ title: `${title} ${words}`, body: about, tag: note?.tag ?? ask.id, path, again: note?.again }, open)
  }, [open])

  useNewAndGone(asks, tell)
  useSoonOver(asks, tell)
  useEffect(() => whenTapped(open), [open])
  useCountInTitle(asks?.length ?? 0)
  return <div role="status" aria-live="polite" className="sr-only" data-announcer>{said}</div>
}

/** The session that people see: a sub-agent asks under another id. */
function sessionOf(cards: Cards | undefined, ask: AskView) {
  const card = [...(cards?.values() ?? [])].find((card) => card.open_asks.includes(ask.id)) ?? cards?.get(ask.session)
  return { title: visible(card?.title ?? "") || "A session", path: `/sessions/${card?.session ?? ask.session}` }
}

function useNewAndGone(asks: AskView[] | undefined, tell: Tell) {
  const known = useRef<Map<string, AskView>>(undefined)
  useEffect(() => {
    if (!asks) return
    const before = known.current
    known.current = new Map(asks.map((ask) => [ask.id, ask]))
    // What waits since before this page was opened is in the list.
    if (!before) return
    for (const ask of asks) if (!before.has(ask.id)) tell(ask, "needs your input")
    for (const [id, ask] of before) if (!known.current.has(id)) void gone(ask, tell)
  }, [asks, tell])
}

/** Its note goes. If it is gone because its time was over, that is told: the answer can still be given. */
async function gone(ask: AskView, tell: Tell) {
  void unnotify(ask.id)
  if (!ask.deadline || new Date(ask.deadline).getTime() > Date.now() + SOON_MS) return
  const now = await api.ask(ask.id).catch(() => undefined)
  if (now && takesLate(now)) tell(now, "got no answer in time", { tag: `${ask.id}.over` })
}

/** Told once for each ask, a minute before its time is over. */
function useSoonOver(asks: AskView[] | undefined, tell: Tell) {
  const told = useRef(new Set<string>())
  useEffect(() => {
    const timers = (asks ?? []).filter((ask) => endsSoon(ask, Infinity) && !told.current.has(ask.id)).map((ask) => {
      const wait = new Date(ask.deadline!).getTime() - SOON_MS - Date.now()
      // What had less than a minute from the start was told when it was new.
      if (wait < 0 || wait > LONGEST_TIMER_MS) return undefined
      return setTimeout(() => (told.current.add(ask.id), tell(ask, "has less than a minute left", { again: true })), wait)
    })
    return () => timers.forEach(clearTimeout)
  }, [asks, tell])
}

/** More milliseconds than a timer takes; the page is opened anew before that. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

function useCountInTitle(count: number) {
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
}
