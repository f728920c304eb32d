// What was written offline: shown until it is sent, by itself when the connection is back.
import { CloudOff, Pencil, Send, X } from "lucide-react"
import { useCallback, useEffect, useRef, useState } from "react"
import { api, Problem } from "../api/client.ts"
import { Button } from "../kit/button.tsx"
import { fits, flush, holdsBack, keepOutbox, outboxOf, type Delivered, type Unsent } from "../lib/outbox.ts"

export interface Outbox {
  unsent: Unsent[]
  /** False when there is no room for it. */
  add(one: Unsent): boolean
  remove(key: string): void
  /** A person decided that it goes as it is. */
  sendNow(key: string): void
}

export function useOutbox(session: string, live: boolean, answers: boolean): Outbox {
  const [unsent, setUnsent] = useState(() => outboxOf(session))
  const busy = useRef(false)
  const keep = useCallback((next: Unsent[]) => (keepOutbox(session, next), setUnsent(next)), [session])
  useEffect(() => {
    if (!live || busy.current || unsent.length === 0) return
    busy.current = true
    void flush(unsent, answers, (one) => deliver(session, one), keep).finally(() => (busy.current = false))
  }, [live, answers, unsent, session, keep])
  return {
    unsent,
    add: (one) => {
      const room = fits(unsent, one.text)
      if (room) keep([...unsent, one])
      return room
    },
    remove: (key) => keep(unsent.filter((one) => one.key !== key)),
    sendNow: (key) => keep(unsent.map((one) => (one.key === key ? { ...one, answers, refused: undefined } : one))),
  }
}

async function deliver(session: string, one: Unsent): Promise<Delivered> {
  try {
    await api.say(session, one.text, [], one.key)
    return "sent"
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return error.unreached ? "unreached" : { refused: error.detail }
  }
}

interface OutboxListProps {
  outbox: Outbox
  live: boolean
  answers: boolean
  /** Takes it back into the message box. */
  onEdit(text: string): void
}

export function OutboxList({ outbox, live, answers, onEdit }: OutboxListProps) {
  if (outbox.unsent.length === 0) return null
  return (
    <ul aria-label="Not sent yet" className="mb-2 space-y-1.5">
      {outbox.unsent.map((one) => {
        const held = live ? holdsBack(one, answers) : undefined
        return (
          <li key={one.key} className="flex items-center gap-2.5 rounded-xl border border-line bg-raised py-1 pr-1 pl-3 text-sm">
            <CloudOff className="size-4 shrink-0 text-faint" aria-hidden />
            <span className="min-w-0 flex-1">
              <span className="block truncate">{one.text}</span>
              <span className="block text-xs text-faint">{held ?? (live ? "Sending…" : "Sent when you're back online.")}</span>
            </span>
            {held && <Button look="quiet" size="icon" onClick={() => outbox.sendNow(one.key)} aria-label="Send now"><Send /></Button>}
            <Button look="quiet" size="icon" onClick={() => (outbox.remove(one.key), onEdit(one.text))} aria-label="Edit"><Pencil /></Button>
            <Button look="quiet" size="icon" onClick={() => outbox.remove(one.key)} aria-label="Don't send"><X /></Button>
          </li>
        )
      })}
    </ul>
  )
}
