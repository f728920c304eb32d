// The message box. What was typed is lost neither with the page nor with the connection.
import { ArrowUp, FileText, LoaderCircle, Paperclip, X } from "lucide-react"
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { SessionCard } from "../api/types.gen.ts"
import { useLimits } from "../api/vocabulary.ts"
import { AddFiles, AttachedFiles, useAttachments, useDrop } from "../kit/attachments.tsx"
import { Button } from "../kit/button.tsx"
import { classes } from "../kit/classes.ts"
import { draftOf, keepDraft } from "../lib/drafts.ts"
import { whyNot } from "../lib/files.ts"
import { enterSends, hasTouchKeyboard } from "../lib/keyboard.ts"
import { newKey } from "../lib/key.ts"
import { size } from "../markdown/long-text.tsx"
import { useMe } from "../shell/app-shell.tsx"
import { LONG, placeholder, RunningLinks, wordsFor, wordsForRefused } from "./composer-words.tsx"
import { OutboxList, useOutbox } from "./outbox.tsx"
import { useTold } from "./told.ts"

/** What the gateway takes as the text of a message. */
const LONGEST_BYTES = 128 * 1024

interface ComposerProps {
  card: SessionCard
  live: boolean
  /** Just one question is open: what is written answers it. */
  answers: boolean
}

export function Composer({ card, live, answers }: ComposerProps) {
  const session = card.session
  const [draft, setDraft] = useState(() => draftOf(session))
  const [sending, setSending] = useState(false)
  const { told, setTold } = useTold(card)
  const outbox = useOutbox(session, live, answers)
  const box = useAutoHeight(draft.text)

  const write = useCallback(
    (text: string) => {
      setTold(undefined)
      // Another text is another message.
      setDraft((before) => ({ text, key: before.text === text ? before.key : newKey() }))
    },
    [setTold],
  )
  useEffect(() => keepDraft(session, draft), [session, draft])
  const limits = useLimits()
  const attached = useAttachments(() => {
    setTold(undefined)
    setDraft((before) => ({ ...before, key: newKey() }))
  })
  const drop = useDrop(attached)

  const closed = card.unrecoverable ? "The record of this session is damaged. An operator has to restore it." : card.doing === "ended" ? "This session is closed." : undefined
  const long = draft.text.length > LONG
  const tooLong = long && new Blob([draft.text]).size > LONGEST_BYTES
  const hasFiles = attached.files.length > 0
  // Files are too large to be kept for later; they wait in the box until there is a connection.
  const ready = (draft.text.trim() !== "" || hasFiles) && !sending && !closed && !tooLong && (live || !hasFiles)

  const later = () => {
    const kept = outbox.add({ key: draft.key, text: draft.text, answers })
    if (kept) setDraft({ text: "", key: newKey() })
    setTold(kept ? undefined : { bad: true, words: "You're offline, and there is no room to keep more messages. Send this one when you're back online." })
  }
  const send = async () => {
    if (!ready) return
    if (!live) return later()
    setSending(true)
    setTold(undefined)
    try {
      const verdict = await api.say(session, draft.text, attached.files.map(({ name, content }) => ({ name, content })), draft.key)
      attached.clear()
      setDraft({ text: "", key: newKey() })
      setTold(wordsFor(verdict, card))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      // Under its key it is written once, whether it had arrived or not.
      if (error.unreached && !hasFiles) later()
      else setTold({ bad: true, words: wordsForRefused(error, draft.text) })
    } finally {
      setSending(false)
      box.current?.focus()
    }
  }
  /** A text that is too long for a message may be a file of one. */
  const asFile = () => {
    const file = new File([draft.text], "text.txt", { type: "text/plain" })
    attached.add([file])
    if (!whyNot(attached.files, [file], limits)) write("")
  }
  const pressed = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === "Escape") return event.currentTarget.blur()
    if (!enterSends(event)) return
    event.preventDefault()
    void send()
  }

  return (
    <div className="border-t border-line bg-page px-4 pt-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-6 short:pt-1.5 short:pb-1.5">
      <div className="mx-auto max-w-3xl">
        <OutboxList outbox={outbox} live={live} answers={answers} onEdit={(text) => (write(draft.text ? `${draft.text}\n${text}` : text), box.current?.focus())} />
        <div
          {...drop.handlers}
          data-drop
          className={classes(
            "rounded-2xl border p-1.5 short:p-0.5 focus-within:border-accent focus-within:outline-2 focus-within:outline-accent/25",
            tooLong || attached.problem ? "border-bad bg-raised" : drop.over ? "border-accent bg-accent-wash" : "border-line bg-raised",
          )}
        >
        <AttachedFiles files={attached.files} remove={attached.remove} disabled={sending} />
        <div className="flex items-end gap-1">
          <AddFiles add={attached.add} disabled={Boolean(closed) || sending} />
          {long && <LongDraft text={draft.text} onRemove={() => {
              attached.dismiss()
              write("")
            }} onFile={asFile} />}
          <textarea
            hidden={long}
            ref={box}
            id="message"
            rows={1}
            enterKeyHint={hasTouchKeyboard() ? "enter" : "send"}
            aria-label="Message to the agent"
            aria-describedby="message-told"
            placeholder={closed ?? placeholder(card, answers)}
            disabled={Boolean(closed)}
            value={long ? "" : draft.text}
            onChange={(event) => write(event.target.value)}
            onKeyDown={pressed}
            className="max-h-[min(12rem,30dvh)] min-h-11 min-w-0 flex-1 resize-none bg-transparent py-2.5 text-base outline-none placeholder:text-faint sm:text-[0.9375rem]"
          />
          <Button look="primary" size="icon" className="size-11 rounded-xl" disabled={!ready} onClick={send} aria-label="Send">
            {sending ? <LoaderCircle className="animate-spin" /> : <ArrowUp />}
          </Button>
        </div>
        </div>
        <p id="message-told" role="status" className={classes("min-h-5 px-1 pt-1 text-xs short:min-h-0 short:empty:hidden", told?.bad || tooLong || attached.problem ? "text-bad" : "text-faint")}>
          {attached.problem ?? (tooLong ? `Too long (${size(draft.text.length)}). The limit is 128 KiB: attach it as a file or add it to the repository.` : undefined) ?? (told?.words ?? (hasFiles && answers ? "Messages with files don't count as an answer; they are sent after this turn." : undefined) ?? (!live && (draft.text || hasFiles) ? (hasFiles ? "Files can be sent when you're back online." : "You're offline. Sent when you're back online.") : ""))}
          {told?.running && told.running.length > 0 && <RunningLinks running={told.running} />}
          {!told && !attached.problem && !hasFiles && <Hint empty={!draft.text} />}
        </p>
      </div>
    </div>
  )
}

/** In a demo that the scripted model has nothing of its own to say; else how to send. */
function Hint({ empty }: { empty: boolean }) {
  const { data: me } = useMe()
  if (me?.demo) return <span>Demo: the scripted model only repeats what you write (“You said: …”).</span>
  return empty ? <span className="hidden sm:inline short:hidden">Enter sends · Shift+Enter for a new line · ? for shortcuts</span> : null
}

/** A text field breaks megabytes into lines with every key; this does not. */
function LongDraft({ text, onRemove, onFile }: { text: string; onRemove(): void; onFile(): void }) {
  return (
    <div className="flex min-h-11 min-w-0 flex-1 items-center gap-3 py-1.5" data-long>
      <FileText className="size-4 shrink-0 text-faint" aria-hidden />
      <p className="min-w-0 flex-1 truncate text-sm">
        <span className="font-medium">Long text, {size(text.length)}</span> <span className="text-faint">{text.slice(0, 120)}</span>
      </p>
      <Button size="small" onClick={onFile}><Paperclip aria-hidden />Attach as file</Button>
      <Button look="quiet" size="small" onClick={onRemove}><X aria-hidden />Remove</Button>
    </div>
  )
}

function useAutoHeight(text: string) {
  const box = useRef<HTMLTextAreaElement>(null)
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    // Measuring with every key would be felt; the box is as high as it gets anyway.
    if (text.length > 20_000) {
      element.style.height = "12rem"
      return
    }
    element.style.height = "auto"
    element.style.height = `${element.scrollHeight}px`
  }, [text])
  return box
}
