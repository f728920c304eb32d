// Deliveries of a session's work: how each stands and why, its risk and its pull request; and the button for the next one.
import { GitPullRequestArrow } from "lucide-react"
import { api } from "../api/client.ts"
import type { DeliveryCard, SessionCard } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Dialog } from "../kit/dialog.tsx"
import { Notice } from "../kit/notice.tsx"
import { PageLink } from "../kit/page-link.tsx"
import { newKey } from "../lib/key.ts"
import { visible } from "../lib/visible.ts"
import { useSteer } from "../thread/controls.tsx"
import { canDeliver } from "./delivery-words.ts"
import { PullRequest, Risk, Word } from "./marks.tsx"

export function DeliveryPanel({ card, live }: { card: SessionCard; live: boolean }) {
  const { attempt, busy, problem, forget } = useSteer(card.session)
  const deliveries = card.deliveries ?? []
  return (
    <div className="space-y-3 text-[0.8125rem]">
      {deliveries.length === 0 && <p className="text-faint">Not delivered</p>}
      {deliveries.length > 0 && (
        <ul aria-live="polite" className="space-y-3">
          {deliveries.toReversed().map((delivery) => <li key={delivery.run}><Standing delivery={delivery} /></li>)}
        </ul>
      )}
      {canDeliver(card) && (
        <Button size="small" look={deliveries.length === 0 ? "primary" : undefined} className="max-sm:h-11" disabled={!live || busy} onClick={() => attempt(() => api.deliver(card.session, newKey()))}>
          <GitPullRequestArrow aria-hidden />Deliver
        </Button>
      )}
      <Dialog open={problem !== undefined} onClose={forget} title={problem?.title ?? ""} footer={<Button onClick={forget}>Close</Button>}>
        <Notice tone="error" alert>{problem?.detail}</Notice>
      </Dialog>
    </div>
  )
}

function Standing({ delivery }: { delivery: DeliveryCard }) {
  const { run, repository, because, risk, pull } = delivery
  return (
    <div data-delivery={run} className="space-y-1 rounded-xl border border-line p-3">
      <div className="flex flex-wrap items-center justify-between gap-x-2 gap-y-1"><Word delivery={delivery} /><Risk risk={risk} /></div>
      {because && <p className="break-words text-soft">{visible(because)}</p>}
      <p className="break-words text-faint">{visible(repository)}{pull && <> <PullRequest pull={pull} /></>}</p>
      <PageLink href={`/deliveries/${encodeURIComponent(run)}`} className="inline-flex min-h-8 items-center font-mono text-xs break-all underline decoration-line underline-offset-2 hover:decoration-current max-sm:min-h-11">{visible(run)}</PageLink>
    </div>
  )
}
