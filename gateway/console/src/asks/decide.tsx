// Allow once, always allow, deny, deny with a reason.
import { Check, CheckCheck, MessageSquareX, X } from "lucide-react"
import { useState } from "react"
import type { Answer, Ask } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Field, Textarea } from "../kit/field.tsx"
import { Notice } from "../kit/notice.tsx"
import { enterSends } from "../lib/keyboard.ts"
import { visible } from "../lib/visible.ts"

interface DecideProps {
  ask: Ask
  disabled: boolean
  sending: boolean
  send(answer: Answer): void
}

type Step = "choose" | "always" | "reason"

export function Decide({ ask, disabled, send }: DecideProps) {
  const [step, setStep] = useState<Step>("choose")
  const back = () => setStep("choose")
  const anything = ask.kind === "permission" ? (ANYTHING[ask.permission] ?? "do anything of this kind") : ""
  const always = ask.kind === "permission" && !ask.rules.risk ? ask.always.map(visible) : []
  if (step === "reason") return <Reason disabled={disabled} onBack={back} send={send} />
  if (step === "always") return <Always patterns={always} anything={anything} disabled={disabled} onBack={back} send={send} />
  return (
    <div className="@container" role="group" aria-label="Your answer">
      <div className="grid grid-cols-2 gap-2 @[44rem]:flex">
        <Button look={ask.rules.dangers?.length ? "caution" : "primary"} size="large" data-answer="once" disabled={disabled} onClick={() => send({ answer: "once" })}>
          <Check aria-hidden />{ask.kind === "gate" ? "Continue" : "Allow once"}
        </Button>
        <Button look="danger" size="large" data-answer="deny" disabled={disabled} onClick={() => send({ answer: "deny", reason: null })}>
          <X aria-hidden />Deny
        </Button>
        {always.length > 0 && <AlwaysButton patterns={always} anything={anything} disabled={disabled} onPress={() => setStep("always")} />}
        <Button size="large" className={always.length > 0 ? "px-2 short:min-h-10" : "col-span-2 px-2 short:min-h-10"} data-answer="reason" disabled={disabled} onClick={() => setStep("reason")}>
          <MessageSquareX aria-hidden /><span className="leading-tight whitespace-normal">Deny with a reason</span>
        </Button>
      </div>
    </div>
  )
}

/** Longer than this is shown whole in the next step, and not cut off here. */
const SHORT = 40

/** What a pattern allows that matches everything, by OpenCode's word for the permission. */
const ANYTHING: Record<string, string> = {
  bash: "run any command",
  edit: "change any file",
  external_directory: "use any folder",
  webfetch: "open any web page",
}

function isEverything(pattern: string): boolean {
  return /^[*\s/]*$/.test(pattern)
}

interface AlwaysButtonProps {
  patterns: string[]
  anything: string
  disabled: boolean
  onPress(): void
}

function AlwaysButton({ patterns, anything, disabled, onPress }: AlwaysButtonProps) {
  const covers = patterns.join(", ")
  const told = patterns.some(isEverything) ? anything : covers.length <= SHORT ? covers : undefined
  return (
    <Button size="large" className="h-auto px-2 py-1.5 short:min-h-10 @[44rem]:px-5" disabled={disabled} onClick={onPress}>
      <CheckCheck aria-hidden />
      <span className="min-w-0 text-left leading-tight whitespace-normal">
        Always allow{told ? "" : "…"}
        {told && <span className="block font-mono text-xs font-normal break-all text-faint">{told}</span>}
      </span>
    </Button>
  )
}

/** Says in full what it would cover before it is pressed. */
interface AlwaysProps {
  patterns: string[]
  anything: string
  disabled: boolean
  onBack(): void
  send(answer: Answer): void
}

function Always({ patterns, anything, disabled, onBack, send }: AlwaysProps) {
  const narrow = patterns.filter((pattern) => !isEverything(pattern))
  const everything = narrow.length < patterns.length
  return (
    <div role="group" aria-label="What is always allowed" className="space-y-3 rounded-xl bg-sunken p-4">
      {everything && <Notice tone="warning">From now on agents may {anything} in this project without asking.</Notice>}
      {narrow.length > 0 && <p className="text-sm">{everything ? "This includes:" : "From now on agents may do this in this project without asking:"}</p>}
      {narrow.length > 0 && <ul className="max-h-[min(16rem,35dvh)] space-y-1 overflow-y-auto" tabIndex={0}>
        {narrow.map((pattern, at) => <li key={at} className="rounded-md border border-line bg-raised px-2.5 py-1 font-mono text-xs leading-5 break-all whitespace-pre-wrap">{pattern}</li>)}
      </ul>}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" size="large" disabled={disabled} onClick={() => send({ answer: "always" })}>Yes, always allow</Button>
        <Button size="large" autoFocus onClick={onBack}>Back</Button>
      </div>
    </div>
  )
}

export function Reason({ disabled, onBack, send }: { disabled: boolean; onBack(): void; send(answer: Answer): void }) {
  const [reason, setReason] = useState("")
  const given = reason.trim()
  const deny = () => given && !disabled && send({ answer: "deny", reason: given })
  return (
    <div className="space-y-3">
      <Field label="Reason (the agent will read this)">
        {(field) => (
          <Textarea
            {...field}
            autoFocus
            rows={2}
            className="min-h-20 short:min-h-12"
            maxLength={2000}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape") onBack()
              if (enterSends(event)) (event.preventDefault(), deny())
            }}
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
