// The answers that a request takes, as buttons: which those are and what stands on them is served with it.
import { BellOff, Check, CheckCheck, KeyRound, MessageSquareX, X } from "lucide-react"
import { Fragment, useState } from "react"
import type { Answer, AnswerChoice, AskView } from "../api/types.gen.ts"
import { type GrantChoice, grantChoices } from "../grants/choices.ts"
import { Button } from "../kit/button.tsx"
import { Notice } from "../kit/notice.tsx"
import { enterSends } from "../lib/keyboard.ts"
import { Covered } from "./covered.tsx"
import { GrantForm, GrantMenu } from "./grant.tsx"
import { ReasonField } from "./reason-field.tsx"
import { Why } from "./why.tsx"

interface DecideProps {
  ask: AskView
  disabled: boolean
  send(answer: Answer): void
}

export function Decide({ ask, disabled, send }: DecideProps) {
  const [step, setStep] = useState<"choose" | "always" | "reason" | "why" | "override" | GrantChoice>("choose")
  const { answers, warnings, no_grant } = ask.display
  const back = () => setStep("choose")
  const always = answers.find(({ key }) => key === "always")
  const deny = answers.find(({ key }) => key === "deny")
  const grants = grantChoices(ask)
  if (step === "reason") return <Reason disabled={disabled} onBack={back} send={send} />
  if (step === "why" || step === "override") return <Why overrides={step === "override"} disabled={disabled} onBack={back} send={send} />
  if (step === "always" && always) return <Always choice={always} disabled={disabled} onBack={back} send={send} />
  if (typeof step === "object") return <GrantForm choice={step} disabled={disabled} onBack={back} send={send} />
  const demand = ask.rules.demand
  const press = (choice: AnswerChoice) => {
    if (choice.key === "always") return setStep("always")
    if (choice.key === "once" && demand?.reason) return setStep("why")
    send(simple(choice))
  }
  const dangerous = warnings.some(({ kind }) => kind === "danger")
  // Those that a menu holds are not among the buttons.
  const buttons = answers.filter(({ key }) => key !== "grant")
  const isFull = always !== undefined || grants.length > 0
  return (
    <div className="@container space-y-2" role="group" aria-label="Your answer">
      <div className="grid grid-cols-2 gap-2 @[44rem]:flex">
        {buttons.map((choice) => (
          <Fragment key={choice.key}>
            {/* Why an approval is to be thought over stands on the card already; what "always" covers does not. */}
            <Choice choice={choice} dangerous={dangerous} disabled={disabled} onPress={() => press(choice)} />
            {choice.key === "once" && grants.length > 0 && <GrantMenu choices={grants} disabled={disabled} onChoose={setStep} />}
          </Fragment>
        ))}
        {deny?.with_reason && (
          <Button size="large" className={isFull ? "px-2 short:min-h-10" : "col-span-2 px-2 short:min-h-10"} data-answer="reason" disabled={disabled} onClick={() => setStep("reason")}>
            <MessageSquareX aria-hidden /><span className="leading-tight whitespace-normal">{deny.with_reason}</span>
          </Button>
        )}
      </div>
      {demand?.break_glass && (
        <Button data-answer="override" disabled={disabled} onClick={() => setStep("override")}>Override the rules…</Button>
      )}
      {no_grant && <p data-no-grant className="text-xs break-words text-faint short:hidden">{no_grant}</p>}
    </div>
  )
}

function simple({ key }: AnswerChoice): Answer {
  return key === "deny" ? { answer: "deny", reason: null } : { answer: "once" }
}

interface ChoiceProps {
  choice: AnswerChoice
  dangerous: boolean
  disabled: boolean
  onPress(): void
}

const ICONS: Record<AnswerChoice["key"], typeof Check> = { once: Check, always: CheckCheck, grant: BellOff, deny: X, answers: Check, configured: Check }

function Choice({ choice, dangerous, disabled, onPress }: ChoiceProps) {
  const Icon = choice.proof === "passkey" ? KeyRound : ICONS[choice.key]
  return (
    <Button look={lookOf(choice, dangerous)} size="large" className="h-auto min-h-12 px-2 py-1.5 short:min-h-10 @[44rem]:px-5" data-answer={choice.key} disabled={disabled} onClick={onPress}>
      <Icon aria-hidden /><span className="min-w-0 text-left leading-tight break-words whitespace-normal">{choice.label}</span>
    </Button>
  )
}

function lookOf({ key, primary }: AnswerChoice, dangerous: boolean) {
  if (key === "deny") return "danger"
  if (primary) return "primary"
  return key === "once" && dangerous ? "caution" : "plain"
}

interface AlwaysProps {
  choice: AnswerChoice
  disabled: boolean
  onBack(): void
  send(answer: Answer): void
}

/** Says in full what it would cover before it is pressed. */
function Always({ choice: { confirm, covers }, disabled, onBack, send }: AlwaysProps) {
  return (
    <div role="group" aria-label="What is always allowed" className="space-y-3 rounded-xl bg-sunken p-4">
      {covers ? <p className="text-sm">{confirm}</p> : <Notice tone="warning">{confirm}</Notice>}
      {covers && <Covered patterns={covers} />}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" size="large" disabled={disabled} onClick={() => send({ answer: "always" })}>Yes, always allow</Button>
        <Button size="large" autoFocus onClick={onBack}>Back</Button>
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
      <ReasonField
        label="Reason (the agent will read this)"
        value={reason}
        placeholder="Use the test database instead"
        onChange={setReason}
        onBack={onBack}
        onKey={(event) => enterSends(event) && (event.preventDefault(), deny())}
      />
      <div className="flex flex-wrap gap-2">
        <Button look="primary" size="large" disabled={disabled || !given} onClick={deny}>Deny with this reason</Button>
        <Button size="large" onClick={onBack}>Back</Button>
      </div>
    </div>
  )
}
