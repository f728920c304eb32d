// One delivery in the list: what it is about, how it stands and why, where it goes.
import type { DeliveryView } from "../api/types.gen.ts"
import { PageLink } from "../kit/page-link.tsx"
import { when } from "../lib/time.ts"
import { visible } from "../lib/visible.ts"
import { PullRequest, Risk, Word } from "./marks.tsx"

/** What is out of view costs nothing until it is scrolled to: there may be hundreds. */
const FAR = "[contain-intrinsic-size:auto_7rem] [content-visibility:auto]"

export function DeliveryRow({ delivery }: { delivery: DeliveryView }) {
  const { run, title, repository, because, risk, pull, since, requested_by } = delivery
  return (
    <article data-delivery={run} className={`space-y-1.5 rounded-xl border border-line bg-raised p-4 text-[0.8125rem] ${FAR}`}>
      <h2 className="text-[0.9375rem] leading-snug font-medium"><PageLink href={`/deliveries/${encodeURIComponent(run)}`} className="break-words hover:underline">{visible(title || run)}</PageLink></h2>
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1"><Word delivery={delivery} /><Risk risk={risk} /><PullRequest pull={pull} /></p>
      {because && <p className="break-words text-soft">{visible(because)}</p>}
      <p className="break-words text-faint"><span className="font-mono text-xs">{visible(run)}</span> · {visible(repository)} · {visible(requested_by)} · since <time dateTime={since}>{when(since)}</time></p>
    </article>
  )
}
