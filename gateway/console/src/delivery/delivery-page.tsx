// One delivery: how it stands, what people can do about it, what happened, what was measured, and what it changes.
import { Link, useParams } from "@tanstack/react-router"
import { SearchX } from "lucide-react"
import { type ReactNode, useState } from "react"
import { Problem } from "../api/client.ts"
import type { DeliveryDetails, DeliveryLine } from "../api/types.gen.ts"
import { DiffView } from "../diff/diff-view.tsx"
import { Button } from "../kit/button.tsx"
import { Empty, Loading, Notice } from "../kit/notice.tsx"
import { Page } from "../kit/page.tsx"
import { PageLink } from "../kit/page-link.tsx"
import { full, when } from "../lib/time.ts"
import { visible } from "../lib/visible.ts"
import { budgetWords, kindWord, standingOf } from "./delivery-words.ts"
import { PullRequest, Risk, Word } from "./marks.tsx"
import { RoundView } from "./round-view.tsx"
import { Steering } from "./steering.tsx"
import { useDelivery, useDeliveryPatch } from "./use-deliveries.ts"

export function DeliveryPage() {
  const { run } = useParams({ from: "/deliveries/$run" })
  const { delivery, error, isPending, retry } = useDelivery(run)
  if (error instanceof Problem && error.status === 404) return <NotThere detail={error.detail} />
  return (
    <Page title={delivery ? visible(delivery.title || run) : "Delivery"}>
      <p className="-mt-4 mb-4 text-sm break-words text-faint"><span className="font-mono text-xs">{visible(run)}</span> · <Link to="/deliveries" search={{}} className="text-accent-ink underline underline-offset-2">all deliveries</Link></p>
      {error && <div className="mb-4"><Notice tone="warning" title={delivery && "This page may be out of date"} action={<Button size="small" onClick={retry}>Try again</Button>}>{error.message}</Notice></div>}
      {isPending && <Loading what="the delivery" />}
      {delivery && <Delivery key={run} delivery={delivery} />}
    </Page>
  )
}

function NotThere({ detail }: { detail: string }) {
  return <Empty icon={<SearchX />} title="Delivery not found" action={<Button asChild look="primary"><Link to="/deliveries" search={{}}>All deliveries</Link></Button>}>{detail}</Empty>
}

export function Delivery({ delivery }: { delivery: DeliveryDetails }) {
  const { because, risk, risk_because, pull, rounds, timeline, budget, session } = delivery
  return (
    <div className="space-y-8">
      <div className="space-y-3">
        <div aria-live="polite" className="space-y-1">
          <p className="flex flex-wrap items-center gap-x-2 gap-y-1"><Word delivery={delivery} /><Risk risk={risk} /></p>
          {because && <p className="text-sm break-words text-soft">{visible(because)}</p>}
        </div>
        <div className="flex flex-wrap gap-2">
          <PullRequest pull={pull} asButton />
          <SessionLink session={session} asks={standingOf(delivery) === "decision"} />
        </div>
        <Steering delivery={delivery} />
      </div>
      <Section title="About"><About delivery={delivery} /></Section>
      {risk_because.length > 0 && <Section title="Risk"><ul className="list-disc space-y-1 pl-4 text-sm text-soft">{risk_because.map((why, at) => <li key={at} className="break-words">{visible(why)}</li>)}</ul></Section>}
      {budget.length > 0 && <Section title="Budget"><Facts facts={budget.map(budgetWords).map(({ name, words }) => [name, words])} /></Section>}
      {rounds.length > 0 && <Section title="Measured"><div className="space-y-3">{rounds.toReversed().map((round) => <RoundView key={round.number} round={round} />)}</div></Section>}
      {rounds.length > 0 && <Section title="Changes"><Patch run={delivery.run} tree={rounds.at(-1)?.tree} /></Section>}
      <Section title="Timeline"><Timeline lines={timeline} /></Section>
    </div>
  )
}

function SessionLink({ session, asks }: { session: string; asks: boolean }) {
  return <Button asChild size="small" look={asks ? "primary" : undefined} className="max-sm:h-11"><PageLink href={`/sessions/${encodeURIComponent(session)}`}>{asks ? "Decide in the session" : "Open the session"}</PageLink></Button>
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h2 className="mb-2.5 text-xs font-semibold tracking-wide text-faint uppercase">{title}</h2>
      {children}
    </section>
  )
}

function About({ delivery: { repository, branch, kind, requested_by, begun_at, since, paused } }: { delivery: DeliveryDetails }) {
  const facts: [string, string][] = [
    ["Repository", repository],
    ["Branch", branch],
    ["Kind", kindWord(kind)],
    ["Requested by", requested_by],
    ["Begun", full(begun_at)],
    [paused ? "Paused since" : "As it is since", full(since)],
  ]
  return <Facts facts={facts} />
}

function Facts({ facts }: { facts: [string, string][] }) {
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-2.5 text-[0.8125rem] sm:grid-cols-3">
      {facts.map(([name, value]) => <div key={name} className="min-w-0"><dt className="text-xs text-faint">{name}</dt><dd className="break-words">{visible(value)}</dd></div>)}
    </dl>
  )
}

/** Loaded on demand: it may be long. */
function Patch({ run, tree }: { run: string; tree: string | undefined }) {
  const [open, setOpen] = useState(false)
  const { data, error } = useDeliveryPatch(run, tree, open)
  if (!open) return <Button size="small" className="max-sm:h-11" onClick={() => setOpen(true)}>Show the patch</Button>
  if (error) return <Notice tone="error" alert>{error instanceof Problem ? error.detail : "The patch couldn't be loaded."}</Notice>
  if (!data) return <Loading what="the patch" />
  return data.patch ? <DiffView diff={data.patch} /> : <p className="text-sm text-faint">The patch isn't there now.</p>
}

function Timeline({ lines }: { lines: DeliveryLine[] }) {
  if (lines.length === 0) return <p className="text-sm text-faint">Nothing happened yet</p>
  return (
    <ol className="space-y-3 border-l border-line pl-4">
      {lines.map(({ at, text, details = [] }, number) => (
        <li key={number} className="text-[0.8125rem]">
          <time dateTime={at} className="text-2xs text-faint">{when(at)}</time>
          <p className="break-words">{visible(text)}</p>
          {details.length > 0 && <ul className="mt-0.5 space-y-0.5 text-soft">{details.map((detail, at) => <li key={at} className="break-words">{visible(detail)}</li>)}</ul>}
        </li>
      ))}
    </ol>
  )
}
