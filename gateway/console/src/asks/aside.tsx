// A question that needs talk is taken to a place of its own; the card says where, and is still answered here.
import { ExternalLink, MessagesSquare } from "lucide-react"
import { type FormEvent, useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { AskView } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Dialog } from "../kit/dialog.tsx"
import { Field, Input } from "../kit/field.tsx"
import { Notice } from "../kit/notice.tsx"
import { visible } from "../lib/visible.ts"
import { when } from "../lib/time.ts"
import { safeLink } from "../markdown/safe-link.ts"

/** From here on a question is more than a tap. */
const LONG_QUESTION = 200

export function isComplex(ask: AskView): boolean {
  if (ask.kind !== "question" || ask.aside) return false
  const long = ask.questions.some(({ question }) => question.length > LONG_QUESTION)
  const much = ask.questions.some(({ options, multiple }) => multiple || options.length > 3)
  return ask.questions.length > 1 || long || much
}

export function TakeAside({ ask, live }: { ask: AskView; live: boolean }) {
  const [open, setOpen] = useState(false)
  const [place, setPlace] = useState("")
  const [problem, setProblem] = useState<string>()
  const [sending, setSending] = useState(false)
  const take = async (event: FormEvent) => {
    event.preventDefault()
    setSending(true)
    setProblem(undefined)
    try {
      await api.aside(ask.id, place.trim() || undefined)
      setOpen(false)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error.detail)
    } finally {
      setSending(false)
    }
  }
  return (
    <>
      <Button look="quiet" className="-ml-3" disabled={!live} onClick={() => setOpen(true)}><MessagesSquare aria-hidden />Discuss elsewhere</Button>
      <Dialog open={open} onClose={() => setOpen(false)} title="Discuss elsewhere">
        <form onSubmit={take} className="space-y-5">
          <p className="text-sm text-soft">The card will show who is discussing this and where. It stays open here until someone answers it.</p>
          <Field label="Where" optional hint="A link, channel or room where others can join.">
            {(field) => <Input {...field} autoFocus value={place} maxLength={300} onChange={(event) => setPlace(event.target.value)} placeholder="https://… or “Room 2, 14:00”" />}
          </Field>
          {problem && <Notice tone="error" alert>{problem}</Notice>}
          <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
            <Button size="large" onClick={() => setOpen(false)}>Cancel</Button>
            <Button type="submit" look="primary" size="large" disabled={sending}>Mark as under discussion</Button>
          </div>
        </form>
      </Dialog>
    </>
  )
}

export function TakenAside({ aside }: { aside: NonNullable<AskView["aside"]> }) {
  const link = aside.place ? safeLink(aside.place) : undefined
  return (
    <Notice title={`${aside.by} is discussing this elsewhere, ${when(aside.at)}`}>
      {!aside.place && "Being discussed elsewhere. Answer here when it's decided."}
      {aside.place && !link && <>Discussion: <strong className="font-medium break-words">{visible(aside.place)}</strong></>}
      {link && (
        <a href={link.href} target="_blank" rel="noopener noreferrer nofollow" className="inline-flex items-center gap-1.5 font-medium break-all text-accent-ink underline underline-offset-2">
          {visible(aside.place!)}
          <ExternalLink className="size-3.5 shrink-0" aria-hidden />
        </a>
      )}
    </Notice>
  )
}
