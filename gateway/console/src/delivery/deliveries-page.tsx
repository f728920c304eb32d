// All deliveries, newest first, those of one standing if that is wanted.
import { Link, useSearch } from "@tanstack/react-router"
import { GitPullRequestArrow } from "lucide-react"
import type { DeliveryView } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { classes } from "../kit/classes.ts"
import { Empty, Loading, Notice } from "../kit/notice.tsx"
import { Page } from "../kit/page.tsx"
import { DeliveryRow } from "./delivery-row.tsx"
import { type Standing, STANDINGS, standingOf } from "./delivery-words.ts"
import { useDeliveries } from "./use-deliveries.ts"

export function DeliveriesPage() {
  const { show } = useSearch({ from: "/deliveries" })
  const { deliveries, error, isPending, retry } = useDeliveries()
  return (
    <Page title="Deliveries">
      <p className="-mt-4 mb-4 text-sm text-faint">Work of sessions on its way to a pull request.</p>
      {error && <div className="mb-4"><Notice tone="warning" title={deliveries && "This list may be out of date"} action={<Button size="small" onClick={retry}>Try again</Button>}>{error.message}</Notice></div>}
      {isPending && <Loading what="the deliveries" />}
      {deliveries && deliveries.length > 0 && <Filter deliveries={deliveries} chosen={show} />}
      {deliveries && <DeliveryList deliveries={deliveries} show={show} />}
    </Page>
  )
}

function Filter({ deliveries, chosen }: { deliveries: DeliveryView[]; chosen?: Standing }) {
  const count = (standing: Standing) => deliveries.filter((one) => standingOf(one) === standing).length
  const all = Object.entries(STANDINGS) as [Standing, string][]
  return (
    <nav aria-label="Filter" className="mb-4 flex flex-wrap gap-1.5">
      <Choice show={undefined} chosen={chosen} words="All" count={deliveries.length} />
      {all.map(([standing, words]) => <Choice key={standing} show={standing} chosen={chosen} words={words} count={count(standing)} />)}
    </nav>
  )
}

function Choice({ show, chosen, words, count }: { show?: Standing; chosen?: Standing; words: string; count: number }) {
  return (
    <Button asChild size="small" look="quiet" className={classes("max-sm:h-11", show === chosen && "bg-sunken text-ink")}>
      <Link to="/deliveries" search={show ? { show } : {}} activeOptions={{ exact: true }} replace>{words} <span className="font-normal text-faint tabular-nums">{count}</span></Link>
    </Button>
  )
}

export function DeliveryList({ deliveries, show }: { deliveries: DeliveryView[]; show?: Standing }) {
  const shown = show ? deliveries.filter((one) => standingOf(one) === show) : deliveries
  if (deliveries.length === 0) {
    return <Empty icon={<GitPullRequestArrow />} title="No deliveries yet">When a session with its own workspace is done, “Deliver” turns its work into a pull request.</Empty>
  }
  if (shown.length === 0) return <p role="status" className="py-6 text-center text-sm text-faint">None of {deliveries.length} deliveries.</p>
  return <ul aria-label="Deliveries" className="space-y-3">{shown.map((one) => <li key={one.run}><DeliveryRow delivery={one} /></li>)}</ul>
}
