// An ask with the full truth: what runs and where, who decides, what silence means, and afterwards what became of it.
import { useEffect, useState } from "react"
import type { Answer, AskView } from "../api/types.gen.ts"
import { classes } from "../kit/classes.ts"
import { Notice } from "../kit/notice.tsx"
import { isOpen, takesLate } from "./ask-state.ts"
import { isComplex, TakeAside, TakenAside } from "./aside.tsx"
import { Configuration } from "./configuration.tsx"
import { Decide } from "./decide.tsx"
import { Heading } from "./heading.tsx"
import { LateAnswer } from "./late.tsx"
import { PasskeyNeeded } from "./passkey-needed.tsx"
import { Became, Terms } from "./outcome.tsx"
import { Questions } from "./questions.tsx"
import { Reveal } from "./reveal.tsx"
import { useIsFirst, WaitsForSecond } from "./second.tsx"
import { type Answering, useAnswer } from "./use-answer.ts"
import { Warnings } from "./warnings.tsx"
import { WhatRuns } from "./what-runs.tsx"

interface AskCardProps {
  ask: AskView
  /** The connection is there, and what is shown came over it. */
  live: boolean
}

export function AskCard({ ask, live }: AskCardProps) {
  const open = isOpen(ask)
  const { answering, send } = useAnswer(ask)
  const wasUnknown = useCameBack(answering, live)
  const isFirst = useIsFirst(ask, answering)
  // Without a connection somebody else may have answered already.
  const disabled = !open || !live || answering.state === "sending" || answering.state === "taken"
  return (
    <article
      aria-label={`${open ? "Needs an answer" : "Closed"}: ${ask.display.title}`}
      data-ask={ask.id}
      data-open={open}
      className={classes("rounded-2xl border bg-raised", open ? "border-accent/50 shadow-[0_1px_3px_rgb(0_0_0/0.06),0_8px_24px_-12px_rgb(0_0_0/0.18)]" : "border-line")}
    >
      <div className="space-y-3 p-4 sm:p-5 short:space-y-2 short:p-3">
        <Heading ask={ask} />
        <Warnings ask={ask} />
        {ask.aside && <TakenAside aside={ask.aside} />}
        <WhatRuns ask={ask} collapsed={!open} />
        {open && ask.display.hidden && <Reveal ask={ask} live={live} />}
        {(open || takesLate(ask)) && <PasskeyNeeded ask={ask} />}
        {open && <Told answering={answering} arrived={wasUnknown} />}
        {open && isFirst && <WaitsForSecond ask={ask} disabled={disabled} send={send} />}
        {open && !isFirst && <Answers ask={ask} disabled={disabled} send={send} />}
        {open && <Terms ask={ask} />}
        {open && isComplex(ask) && <TakeAside ask={ask} live={live} />}
        {!open && answering.state === "settled" && <Notice tone="warning" alert>{answering.words}</Notice>}
        <Became ask={ask} />
        {takesLate(ask) && <LateAnswer ask={ask} live={live} answering={answering} send={send} />}
      </div>
    </article>
  )
}

/** After a lost connection: the ask is still open, so the answer did not arrive. */
function useCameBack(answering: Answering, live: boolean): boolean {
  const [lost, setLost] = useState(false)
  useEffect(() => {
    if (answering.state !== "unknown") setLost(false)
    else if (!live) setLost(true)
  }, [answering, live])
  return lost && live
}

function Told({ answering, arrived }: { answering: Answering; arrived: boolean }) {
  switch (answering.state) {
    case "none":
    case "sending":
    case "first":
      return null
    case "taken":
      return <Notice tone="good" alert>{answering.words}</Notice>
    case "unknown":
      return <Notice tone="warning" alert>{arrived ? "Your answer didn't get through. Please answer again." : answering.words}</Notice>
    case "settled":
    case "refused":
      return <Notice tone="warning" alert>{answering.words}</Notice>
  }
}

function Answers(props: { ask: AskView; disabled: boolean; send(answer: Answer): void }) {
  const { ask } = props
  if (ask.kind === "question" || ask.kind === "delivery") return <Questions {...props} questions={ask.display.questions} />
  if (ask.kind === "configuration") return <Configuration {...props} fields={ask.fields} />
  return <Decide {...props} />
}
