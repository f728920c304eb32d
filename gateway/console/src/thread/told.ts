// What the message box says of the message that was sent last, for as long as it is true.
import { useEffect, useRef, useState } from "react"
import type { SessionCard } from "../api/types.gen.ts"

export interface RunningSession {
  session: string
  title: string
}

export interface Told {
  bad: boolean
  words: string
  /** The sessions at whose end the message is sent. */
  running?: RunningSession[]
  /** It waits behind the agent's turn. */
  queued?: boolean
}

/** Whether what was told is over: the queue has moved on, the agent does something else, or the session is closed. */
export function isOver(told: Told, before: Pick<SessionCard, "doing" | "queued">, now: Pick<SessionCard, "doing" | "queued">): boolean {
  if (now.doing === "ended") return true
  if (told.bad) return false
  return told.queued ? now.queued < before.queued : now.doing !== before.doing
}

export function useTold(card: SessionCard) {
  const [told, setTold] = useState<Told>()
  const before = useRef(card)
  useEffect(() => {
    const was = before.current
    before.current = card
    setTold((told) => (told && isOver(told, was, card) ? undefined : told))
  }, [card])
  return { told, setTold }
}
