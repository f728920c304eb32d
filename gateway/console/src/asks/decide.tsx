// Allow once, always allow, deny, deny with a reason.
import { Check, CheckCheck, MessageSquareX, X } from "lucide-react"
import { useState } from "react"
import type { Answer, Ask } from "../api/types.ts"
import { Button } from "../kit/button.tsx"
import { visible } from "../lib/visible.ts"
import { Field, Textarea } from "../kit/field.tsx"

interface DecideProps {
  ask: Ask
  disabled: boolean
  sending: boolean
  send(answer: Answer): void
}

export function Decide({ ask, disabled, send }: DecideProps) {
  const [reasoning, setReasoning] = useState(false)
  if (reasoning) return <Reason disabled={disabled} onBack={() => setReasoning(false)} send={send} />
  const always = ask.kind === "permission" && !ask.rules.risk ? ask.always : []
  return (
    <div className="@container" role="group" aria-label="Your answer">
      <div className="grid grid-cols-[2fr_3fr] gap-2 @[40rem]:flex @[40rem]:flex-wrap">
        <Button look="primary" size="large" className="col-span-2" disabled={disabled} onClick={() => send({ answer: "once" })}>
          <Check aria-hidden />{ask.kind === "gate" ? "Go on" : "Allow once"}
        </Button>
        {always.length > 0 && <Always patterns={always} disabled={disabled} send={send} />}
        <Button look="danger" size="large" disabled={disabled} onClick={() => send({ answer: "deny", reason: null })}>
          <X aria-hidden />Deny
        </Button>
        <Button size="large" className="px-2 @[40rem]:px-5" disabled={disabled} onClick={() => setReasoning(true)}>
          <MessageSquareX aria-hidden />Deny with a reason
        </Button>
      </div>
    </div>
  )
}

/** Says what it would cover before it is pressed, and asks once more when that is everything. */
function Always({ patterns: told, disabled, send }: { patterns: string[]; disabled: boolean; send(answer: Answer): void }) {
  const patterns = told.map(visible)
  const [sure, setSure] = useState(false)
  const everything = patterns.some((pattern) => /^[*\s/]*$/.test(pattern))
  const covers = everything ? "everything of this kind" : patterns.join(", ")
  if (!sure) {
    return (
      <Button size="large" className="h-auto py-1.5 col-span-2" disabled={disabled} onClick={() => setSure(true)}>
        <CheckCheck aria-hidden />
        <span className="min-w-0 text-left leading-tight whitespace-normal">
          Always allow
          <span className="block max-w-72 truncate font-mono text-xs font-normal text-faint">{everything ? `everything (${patterns.join(", ")})` : patterns.join(", ")}</span>
        </span>
      </Button>
    )
  }
  return (
    <div className="col-span-2 w-full space-y-3 rounded-xl bg-sunken p-4">
      <p className="text-sm">
        From now on the agent does <strong className="font-semibold break-words">{covers}</strong> in this project without asking anybody.
        {everything && <span className="font-mono text-xs text-faint"> ({patterns.join(", ")})</span>}
      </p>
      <div className="flex flex-wrap gap-2">
        <Button look="primary" size="large" disabled={disabled} onClick={() => send({ answer: "always" })}>Yes, always allow</Button>
        <Button size="large" onClick={() => setSure(false)}>Back</Button>
      </div>
    </div>
  )
}

function Reason({ disabled, onBack, send }: { disabled: boolean; onBack(): void; send(answer: Answer): void }) {
  const [reason, setReason] = useState("")
  const given = reason.trim()
  const deny = () => given && !disabled && send({ answer: "deny", reason: given })
  return (
    <div className="space-y-3">
      <Field label="Why not? The agent reads this.">
        {(field) => (
          <Textarea
            {...field}
            autoFocus
            rows={2}
            className="min-h-20"
            maxLength={2000}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            onKeyDown={(event) => event.key === "Enter" && !event.shiftKey && (event.preventDefault(), deny())}
            placeholder="Use the test database instead"
          />
        )}
      </Field>
      <div className="flex flex-wrap gap-2">
        <Button look="primary" size="large" disabled={disabled || !given} onClick={deny}>Deny with this reason</Button>
        <Button size="large" onClick={onBack}>Back</Button>
      </div>
    </div>
  )
}
