// An ask with the full truth: what runs and where, who decides, what silence means, and afterwards what became of it.
import { CircleHelp, Clock, FilePen, Globe, Hand, Settings2, ShieldAlert, ShieldQuestion, Terminal, TriangleAlert, UserRound } from "lucide-react"
import { type ReactNode, useEffect, useState } from "react"
import type { Ask } from "../api/types.ts"
import { classes } from "../kit/classes.ts"
import { Notice } from "../kit/notice.tsx"
import { visible } from "../lib/visible.ts"
import { useNow, when } from "../lib/time.ts"
import { closedBecause, heading, isOpen, outcome, silence, subject, whoMayAnswer } from "./ask-state.ts"
import { Configuration } from "./configuration.tsx"
import { Decide } from "./decide.tsx"
import { isComplex, TakeAside, TakenAside } from "./aside.tsx"
import { Questions } from "./questions.tsx"
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
  const closed = closedBecause(ask, live)
  const busy = answering.state === "sending" || answering.state === "taken"
  const wasUnknown = useCameBack(answering, live)
  return (
    <article
      aria-label={`${open ? "Waits for you" : "Settled"}: ${heading(ask)}`}
      data-ask={ask.id}
      data-open={open}
      className={classes("rounded-2xl border bg-raised", open ? "border-accent/50 shadow-[0_1px_3px_rgb(0_0_0/0.06),0_8px_24px_-12px_rgb(0_0_0/0.18)]" : "border-line")}
    >
      <div className="space-y-4 p-4 sm:p-5">
        <Heading ask={ask} open={open} />
        <Warnings ask={ask} />
        <WhatRuns ask={ask} collapsed={!open} />
        {open && ask.kind !== "question" && <Terms ask={ask} />}
        {open && <Told answering={answering} arrived={wasUnknown} />}
        {open && (
          <div className="space-y-2">
            <Answers ask={ask} disabled={closed !== undefined || busy} send={send} sending={answering.state === "sending"} />
            {closed && <p className="text-[0.8125rem] text-bad" role="status">{closed}</p>}
          </div>
        )}
        {open && ask.kind === "question" && <Terms ask={ask} />}
        {open && isComplex(ask) && <TakeAside ask={ask} live={live} />}
        {!open && answering.state === "settled" && <Notice tone="warning" alert>{answering.words}</Notice>}
        <Became ask={ask} />
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

const ICONS: Record<string, typeof Terminal> = { bash: Terminal, edit: FilePen, write: FilePen, webfetch: Globe, websearch: Globe }

function Heading({ ask, open }: { ask: Ask; open: boolean }) {
  const Icon =
    ask.kind === "question" ? CircleHelp
    : ask.kind === "held" ? Hand
    : ask.kind === "configuration" ? Settings2
    : ask.kind === "gate" ? ShieldQuestion
    : (ICONS[ask.permission] ?? ShieldQuestion)
  return (
    <header className="flex items-start gap-3">
      <span className={classes("grid size-9 shrink-0 place-items-center rounded-xl [&_svg]:size-[1.125rem]", open ? "bg-accent-wash text-accent-ink" : "bg-sunken text-faint")}>
        <Icon aria-hidden />
      </span>
      <div className="min-w-0 flex-1">
        <h3 className="leading-snug font-semibold">{heading(ask)}</h3>
        <p className="text-[0.8125rem] text-faint">
          {open && <span className="font-medium text-accent-ink">Waits for an answer · </span>}
          asked {when(ask.asked_at)}
        </p>
      </div>
    </header>
  )
}

function Warnings({ ask }: { ask: Ask }) {
  const open = isOpen(ask)
  return (
    <>
      {ask.may_have_run && <Notice tone="warning" title="This may have run already, in part">The agent stopped while it ran. Look at what is there before you allow it again.</Notice>}
      {open && ask.state === "suspended" && <Notice tone="info">The agent restarted or is away. You can answer now; your answer is applied when it is back.</Notice>}
      {open && ask.rules.risk && (
        <Notice tone="warning" title="Two people must allow this">
          {visible(ask.rules.risk)}
          {ask.first_approval && <p className="mt-1">{ask.first_approval.by.name} allowed it, {when(ask.first_approval.at)}. One more person is needed.</p>}
        </Notice>
      )}
      {ask.aside && <TakenAside aside={ask.aside} />}
    </>
  )
}

/** Who decides, until when, where. */
function Terms({ ask }: { ask: Ask }) {
  const now = useNow(ask.deadline !== undefined)
  const soon = ask.deadline !== undefined && new Date(ask.deadline).getTime() - now < 60_000
  return (
    <dl className="space-y-1.5 text-[0.8125rem] text-soft">
      <Term icon={<Clock />} name="If nobody answers" strong={soon}>{silence(ask, now)}{ask.rules.reminders > 0 && ` Reminded ${ask.rules.reminders} times.`}</Term>
      <Term icon={<UserRound />} name="Who may answer">{whoMayAnswer(ask)}</Term>
      <Term icon={<ShieldAlert />} name="Fingerprint of what is asked">
        The answer counts for exactly this and nothing else: <code className="font-mono text-xs">{ask.digest.slice(0, 10)}</code>
      </Term>
    </dl>
  )
}

function Term({ icon, name, strong, children }: { icon: ReactNode; name: string; strong?: boolean; children: ReactNode }) {
  return (
    <div className={classes("flex gap-2.5 [&_svg]:mt-[0.2rem] [&_svg]:size-3.5 [&_svg]:shrink-0", strong && "font-medium text-bad")}>
      <dt>
        <span className="sr-only">{name}</span>
        <span aria-hidden>{icon}</span>
      </dt>
      <dd className="min-w-0 break-words tabular-nums">{children}</dd>
    </div>
  )
}

function Told({ answering, arrived }: { answering: Answering; arrived: boolean }) {
  switch (answering.state) {
    case "none":
    case "sending":
      return null
    case "taken":
      return <Notice tone="good" alert>{answering.words}</Notice>
    case "unknown":
      return <Notice tone="warning" alert>{arrived ? "Your answer did not arrive before the connection broke. This still waits: answer again." : answering.words}</Notice>
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

function Became({ ask }: { ask: Ask }) {
  const became = outcome(ask)
  if (!became) return null
  const Icon = became.tone === "bad" ? TriangleAlert : UserRound
  const look = { good: "text-good", bad: "text-bad", quiet: "text-soft" }[became.tone]
  return (
    <div className={classes("flex gap-2.5 border-t border-line pt-3 text-sm", look)} data-outcome={ask.state} aria-label={`Outcome for ${visible(subject(ask))}`} role="group">
      <Icon className="mt-1 size-3.5 shrink-0" aria-hidden />
      <div className="min-w-0">
        <p className="font-medium break-words">{became.text}</p>
        {became.detail && <p className="text-[0.8125rem] break-words text-soft">{became.detail}</p>}
      </div>
    </div>
  )
}
