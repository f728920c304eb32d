// The message box. What was typed is lost neither with the page nor with the connection.
import { ArrowUp, LoaderCircle } from "lucide-react"
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { SessionCard, Verdict } from "../api/types.ts"
import { Button } from "../kit/button.tsx"
import { classes } from "../kit/classes.ts"
import { draftOf, keepDraft } from "../lib/drafts.ts"
import { newKey } from "../lib/key.ts"
import { size } from "../markdown/long-text.tsx"

/** The gateway takes 8 MiB in a request; some of it is wrapping. */
const LONGEST_BYTES = 8 * 1024 * 1024 - 4096

interface ComposerProps {
  card: SessionCard
  live: boolean
}

export function Composer({ card, live }: ComposerProps) {
  const session = card.session
  const [draft, setDraft] = useState(() => draftOf(session))
  const [sending, setSending] = useState(false)
  const [told, setTold] = useState<{ bad: boolean; words: string }>()
  const box = useAutoHeight(draft.text)

  const write = useCallback(
    (text: string) => {
      setTold(undefined)
      // Another text is another message.
      setDraft((before) => ({ text, key: before.text === text ? before.key : newKey() }))
    },
    [],
  )
  useEffect(() => keepDraft(session, draft), [session, draft])

  const closed = card.doing === "ended" ? "This session has ended." : undefined
  const long = draft.text.length > 100_000
  const tooLong = long && new Blob([draft.text]).size > LONGEST_BYTES
  const ready = draft.text.trim() !== "" && !sending && !closed && !tooLong && live

  const send = async () => {
    if (!ready) return
    setSending(true)
    setTold(undefined)
    try {
      const verdict = await api.say(session, draft.text, draft.key)
      setDraft({ text: "", key: newKey() })
      setTold({ bad: false, words: wordsFor(verdict) })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const words = error.unreached ? "Not confirmed: the connection broke. Send it again; it is written once." : error.detail
      setTold({ bad: true, words })
    } finally {
      setSending(false)
      box.current?.focus()
    }
  }
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    void send()
  }

  return (
    <div className="border-t border-line bg-page px-4 pt-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-6">
      <div className="mx-auto max-w-3xl">
        <div className={classes("flex items-end gap-2 rounded-2xl border bg-raised p-1.5 pl-4 focus-within:border-accent focus-within:outline-2 focus-within:outline-accent/25", tooLong ? "border-bad" : "border-line")}>
          <textarea
            ref={box}
            id="message"
            rows={1}
            aria-label="Message to the agent"
            aria-describedby="message-told"
            placeholder={closed ?? (card.doing === "working" ? "Write; it waits until the agent has time" : "Write to the agent")}
            disabled={Boolean(closed)}
            value={draft.text}
            onChange={(event) => write(event.target.value)}
            onKeyDown={pressed}
            className="max-h-48 min-h-11 flex-1 resize-none bg-transparent py-2.5 text-base outline-none placeholder:text-faint sm:text-[0.9375rem]"
          />
          <Button look="primary" size="icon" className="size-11 rounded-xl" disabled={!ready} onClick={send} aria-label="Send">
            {sending ? <LoaderCircle className="animate-spin" /> : <ArrowUp />}
          </Button>
        </div>
        <p id="message-told" role="status" className={classes("min-h-5 px-1 pt-1 text-xs", told?.bad || tooLong ? "text-bad" : "text-faint")}>
          {tooLong ? `Too long: ${size(draft.text.length)}. The gateway takes 8 MiB.` : (told?.words ?? (long ? `${size(draft.text.length)}` : !live && draft.text ? "No connection. What you typed is kept." : ""))}
          {!told && !draft.text && <span className="hidden sm:inline">Enter sends · Shift+Enter for a new line · ? for shortcuts</span>}
        </p>
      </div>
    </div>
  )
}

function wordsFor(verdict: Verdict): string {
  switch (verdict.verdict) {
    case "queued":
      return verdict.behind > 0 ? `Waits behind ${verdict.behind} others until the agent has time.` : "Waits until the agent has time."
    case "answered":
      return "It answered the open question."
    default:
      return "Sent."
  }
}

function useAutoHeight(text: string) {
  const box = useRef<HTMLTextAreaElement>(null)
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    // Measuring megabytes with every key would be felt; the box is as high as it gets anyway.
    if (text.length > 20_000) {
      element.style.height = "12rem"
      return
    }
    element.style.height = "auto"
    element.style.height = `${element.scrollHeight}px`
  }, [text])
  return box
}
