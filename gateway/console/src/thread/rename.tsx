import { type FormEvent, useEffect, useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { SessionCard } from "../api/types.gen.ts"
import { useLimits } from "../api/vocabulary.ts"
import { Button } from "../kit/button.tsx"
import { Dialog } from "../kit/dialog.tsx"
import { Field, Input } from "../kit/field.tsx"

export function Rename({ card, open, onClose }: { card: SessionCard; open: boolean; onClose(): void }) {
  const [title, setTitle] = useState(card.title)
  const limits = useLimits()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  useEffect(() => {
    if (!open) return
    setTitle(card.title)
    setProblem(undefined)
  }, [open])
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy || title.trim() === "") return
    setBusy(true)
    try {
      await api.rename(card.session, title.trim())
      onClose()
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error.detail)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Rename session"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={busy || title.trim() === ""} onClick={submit}>Rename</Button>
        </>
      }
    >
      <form onSubmit={submit}>
        <Field label="Title" error={problem}>
          {(field) => <Input {...field} autoFocus value={title} maxLength={limits?.title} onChange={(event) => setTitle(event.target.value)} />}
        </Field>
      </form>
    </Dialog>
  )
}
