// Nobody answered in time. An answer still counts: the agent is told, and what is allowed late runs when it is asked for again.
import { useState } from "react"
import type { Answer, AskView } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Notice } from "../kit/notice.tsx"
import { Decide } from "./decide.tsx"
import { Says } from "./phrase.tsx"
import { Questions } from "./questions.tsx"
import type { Answering } from "./use-answer.ts"

interface LateAnswerProps {
  ask: AskView
  live: boolean
  answering: Answering
  send(answer: Answer): void
}

export function LateAnswer({ ask, live, answering, send }: LateAnswerProps) {
  const disabled = !live || answering.state === "sending" || answering.state === "taken"
  const { questions, standing } = ask.display
  return (
    <div data-late className="space-y-3" role="group" aria-label="Answer late">
      {"words" in answering && <Notice tone={answering.state === "taken" ? "good" : "warning"} alert>{answering.words}</Notice>}
      <p className="text-[0.8125rem] text-soft"><Says phrase={standing.sentence} /></p>
      {questions.length > 0 ? <LateQuestion ask={ask} disabled={disabled} send={send} /> : <Decide ask={ask} disabled={disabled} send={send} />}
    </div>
  )
}

function LateQuestion({ ask, disabled, send }: { ask: AskView; disabled: boolean; send(answer: Answer): void }) {
  const [opened, setOpened] = useState(false)
  if (opened) return <Questions questions={ask.display.questions} disabled={disabled} send={send} />
  return <Button size="large" disabled={disabled} onClick={() => setOpened(true)}>{ask.display.answers[0]?.label}</Button>
}
