// An ask with the full truth: what runs and where, who decides, what silence means, and afterwards what became of it.
import { useEffect, useState } from "react"
import type { Ask } from "../api/types.gen.ts"
import { classes } from "../kit/classes.ts"
import { Notice } from "../kit/notice.tsx"
import { when } from "../lib/time.ts"
import { visible } from "../lib/visible.ts"
import { closedBecause, heading, isOpen, takesLate } from "./ask-state.ts"
import { isComplex, TakeAside, TakenAside } from "./aside.tsx"
import { Configuration } from "./configuration.tsx"
import { Dangers } from "./dangers.tsx"
import { Decide } from "./decide.tsx"
import { Heading } from "./heading.tsx"
import { LateAnswer } from "./late.tsx"
import { Became, Terms } from "./outcome.tsx"
import { Questions } from "./questions.tsx"
import { useIsFirst, WaitsForSecond } from "./second.tsx"
import { type Answering, useAnswer } from "./use-answer.ts"
import { WhatRuns } from "./what-runs.tsx"

interface AskCardProps {
  ask: Ask
  /** The connection is there, and what is shown came over it. */
  live: boolean
}

export function AskCard({ ask, live }: AskCardProps) {
  const open = isOpen(ask)
  const { answering, send } = useAnswer(ask)
  const wasUnknown = useCameBack(answering, live)
  const isFirst = useIsFirst(ask, answering)
  const closed = closedBecause(ask, live)
  const disabled = closed !== undefined || answering.state === "sending" || answering.state === "taken"
  return (
    <article
      aria-label={`${open ? "Needs an answer" : "Closed"}: ${heading(ask)}`}
      data-ask={ask.id}
      data-open={open}
      className={classes("rounded-2xl border bg-raised", open ? "border-accent/50 shadow-[0_1px_3px_rgb(0_0_0/0.06),0_8px_24px_-12px_rgb(0_0_0/0.18)]" : "border-line")}
    >
      <div className="space-y-3 p-4 sm:p-5 short:space-y-2 short:p-3">
        <Heading ask={ask} />
        <Dangers ask={ask} />
        <Warnings ask={ask} />
        <WhatRuns ask={ask} collapsed={!open} />
        {open && <Told answering={answering} arrived={wasUnknown} />}
        {open && isFirst && <WaitsForSecond ask={ask} disabled={disabled} send={send} />}
        {open && !isFirst && <Answers ask={ask} disabled={disabled} send={send} sending={answering.state === "sending"} />}
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

function Warnings({ ask }: { ask: Ask }) {
  const open = isOpen(ask)
  return (
    <>
      {ask.may_have_run && <Notice tone="warning" title="This may already have run in part">The agent stopped while this was running. Check the result before you allow it again.</Notice>}
      {ask.ran_before && <Notice tone="warning" title="This already ran in the same turn">{ask.ran_before.by} allowed it, {when(ask.ran_before.at)}. If you allow it, it runs once more.</Notice>}
      {open && ask.state === "suspended" && <Notice tone="info">The agent is restarting or offline. You can answer now; your answer is applied when it is back.</Notice>}
      {open && ask.rules.risk && (
        <Notice tone="warning" title="Needs two approvals">
          {visible(ask.rules.risk)}
          {ask.first_approval && <p className="mt-1">Approved by {ask.first_approval.by.name}, {when(ask.first_approval.at)}. One more approval needed.</p>}
        </Notice>
      )}
      {ask.aside && <TakenAside aside={ask.aside} />}
    </>
  )
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

function Answers(props: { ask: Ask; disabled: boolean; sending: boolean; send(answer: Parameters<ReturnType<typeof useAnswer>["send"]>[0]): void }) {
  const { ask } = props
  if (ask.kind === "question") return <Questions {...props} questions={ask.questions} />
  if (ask.kind === "configuration") return <Configuration {...props} fields={ask.fields} />
  return <Decide {...props} />
}
