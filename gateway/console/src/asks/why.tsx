// Allowing something where the rules want a reason, or against the rules by one of those who can.
import { useState } from "react"
import type { Answer } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Notice } from "../kit/notice.tsx"
import { ReasonField } from "./reason-field.tsx"

/** What is sent beside the answer. */
type Reasoned = Answer & { because: string; break_glass?: boolean }

interface WhyProps {
  /** Against the rules. */
  overrides: boolean
  disabled: boolean
  onBack(): void
  send(answer: Answer): void
}

export function Why({ overrides, disabled, onBack, send }: WhyProps) {
  const [because, setBecause] = useState("")
  const given = because.trim()
  const allow = () => {
    const answer: Reasoned = { answer: "once", because: given, ...(overrides && { break_glass: true }) }
    send(answer)
  }
  return (
    <div className="space-y-3" data-why={overrides ? "override" : "reason"}>
      {overrides && <Notice tone="warning">This overrides the rules, for this one request. Everyone in the thread sees it, and the audit log says so.</Notice>}
      <ReasonField label="Reason (everyone sees this)" value={because} onChange={setBecause} onBack={onBack} />
      <div className="flex flex-wrap gap-2">
        <Button look={overrides ? "danger" : "primary"} size="large" disabled={disabled || !given} onClick={allow}>
          {overrides ? "Override the rules" : "Allow with this reason"}
        </Button>
        <Button size="large" onClick={onBack}>Back</Button>
      </div>
    </div>
  )
}
