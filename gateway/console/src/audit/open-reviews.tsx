// Overrides of the rules that somebody else has to look at: they stand above the log until somebody did.
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { OpenReview } from "../api/types.gen.ts"
import { ReasonField } from "../asks/reason-field.tsx"
import { Button } from "../kit/button.tsx"
import { Notice } from "../kit/notice.tsx"
import { PageLink } from "../kit/page-link.tsx"
import { useNow, when } from "../lib/time.ts"
import { visible } from "../lib/visible.ts"

const KEY = ["reviews"]

export function OpenReviews() {
  const { data } = useQuery({ queryKey: KEY, queryFn: api.reviews, retry: false, refetchInterval: 30_000 })
  const reviews = data?.reviews ?? []
  if (reviews.length === 0) return null
  return (
    <section aria-label="Overrides to review" className="mb-6 space-y-3">
      <h2 className="text-sm font-semibold">Overrides to review</h2>
      <ul className="space-y-3">{reviews.map((review) => <li key={review.ask}><Review review={review} /></li>)}</ul>
    </section>
  )
}

export function Review({ review }: { review: OpenReview }) {
  const { done, busy, problem } = useReview(review.ask)
  const [open, setOpen] = useState(false)
  const [words, setWords] = useState("")
  const isLate = useNow(true) >= Date.parse(review.due)
  return (
    <Notice tone={isLate ? "error" : "warning"} title={`${visible(review.by.name)} overrode the rules, ${when(review.at)}`}>
      <div className="min-w-0 space-y-2" data-review={review.ask}>
        <pre className="max-h-40 overflow-auto rounded-lg bg-sunken px-2.5 py-1.5 font-mono text-xs break-words whitespace-pre-wrap text-ink">{review.what}</pre>
        <p className="break-words">Their reason: “{review.reason}”</p>
        <p>{isLate ? "It was not reviewed in time, which was until" : "To be reviewed until"} {when(review.due)}. {review.who} <PageLink href={`/sessions/${encodeURIComponent(review.session)}`} className="underline underline-offset-2">Open the session</PageLink></p>
        {problem && <p role="alert" className="font-medium">{problem}</p>}
        {open && <ReasonField label="What you found (optional, everyone sees this)" value={words} onChange={setWords} onBack={() => setOpen(false)} />}
        <div className="flex flex-wrap gap-2">
          {open
            ? <><Button look="primary" size="small" disabled={busy} onClick={() => void done(words.trim())}>I reviewed it</Button><Button size="small" onClick={() => setOpen(false)}>Back</Button></>
            : <Button size="small" onClick={() => setOpen(true)}>Review…</Button>}
        </div>
      </div>
    </Notice>
  )
}

function useReview(ask: string) {
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const done = async (words: string) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await api.review(ask, words)
      await queries.invalidateQueries({ queryKey: ["audit"] })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error.detail)
    } finally {
      await queries.invalidateQueries({ queryKey: KEY })
      setBusy(false)
    }
  }
  return { done, busy, problem }
}
