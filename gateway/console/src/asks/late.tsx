// Nobody answered in time. An answer still counts: the agent is told, and what is allowed late runs when it is asked for again.
import { Check } from "lucide-react"
import { useState } from "react"
import type { Answer, Ask } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Notice } from "../kit/notice.tsx"
import { Reason } from "./decide.tsx"
import { Questions } from "./questions.tsx"
import type { Answering } from "./use-answer.ts"

interface LateAnswerProps {
  ask: Ask
  live: boolean
  answering: Answering
  send(answer: Answer): void
}

export function LateAnswer({ ask, live, answering, send }: LateAnswerProps) {
  const disabled = !live || answering.state === "sending" || answering.state === "taken"
  return (
    <div data-late className="space-y-3" role="group" aria-label="Answer late">
      {"words" in answering && <Notice tone={answering.state === "taken" ? "good" : "warning"} alert>{answering.words}</Notice>}
      {ask.kind === "question"
        ? <LateQuestion questions={ask.questions} disabled={disabled} sending={answering.state === "sending"} send={send} />
        : <LateDecision disabled={disabled} send={send} />}
    </div>
  )
}

function LateDecision({ disabled, send }: { disabled: boolean; send(answer: Answer): void }) {
  const [reasoning, setReasoning] = useState(false)
  if (reasoning) return <Reason disabled={disabled} onBack={() => setReasoning(false)} send={send} />
  return (
    <>
      <p className="text-[0.8125rem] text-soft">You can still answer. If you allow it, the agent is notified and can do exactly this once.</p>
      <div className="flex flex-wrap gap-2">
        <Button size="large" data-answer="once" disabled={disabled} onClick={() => send({ answer: "once" })}><Check aria-hidden />Allow anyway</Button>
        <Button look="quiet" size="large" disabled={disabled} onClick={() => setReasoning(true)}>Tell the agent why not</Button>
      </div>
    </>
  )
}

function LateQuestion(props: { questions: Extract<Ask, { kind: "question" }>["questions"]; disabled: boolean; sending: boolean; send(answer: Answer): void }) {
  const [opened, setOpened] = useState(false)
  if (opened) return <Questions {...props} />
  return <Button size="large" disabled={props.disabled} onClick={() => setOpened(true)}>Answer anyway</Button>
}
