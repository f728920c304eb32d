// At the limit of running sessions: which those are, with the way to each, and an end to it (B30).
import { Link } from "@tanstack/react-router"
import { Check, CircleStop } from "lucide-react"
import { useState } from "react"
import { api, Problem } from "../api/client.ts"
import { useCards } from "../api/live.ts"
import { Button } from "../kit/button.tsx"
import { Notice } from "../kit/notice.tsx"
import { newKey } from "../lib/key.ts"
import { visible } from "../lib/visible.ts"

export function LimitReached({ problem }: { problem: Problem }) {
  const { value: cards } = useCards()
  const free = problem.running.filter(({ session }) => isOver(cards?.get(session)?.doing)).length
  return (
    <Notice tone={free > 0 ? "info" : "error"} title={free > 0 ? "There is room for another session" : problem.title} alert>
      <p>{free > 0 ? "Press “Start session” again." : whatLimit(problem)}</p>
      {problem.running.length > 0 && (
        <ul className="mt-2 divide-y divide-line overflow-hidden rounded-lg border border-line bg-raised text-ink">
          {problem.running.map(({ session, title }) => <Running key={session} session={session} title={title} over={isOver(cards?.get(session)?.doing)} />)}
        </ul>
      )}
      <p className="mt-2">Your draft is saved.</p>
    </Notice>
  )
}

/** Whose limit it is. The titles behind that are shown as links. */
export function whatLimit({ detail, running }: Problem): string {
  const [, limit] = /^(.*?, which is the limit)[:.]/s.exec(detail) ?? []
  return limit && running.length > 0 ? `${limit}. Stop or close one of these first:` : detail
}

/** It does not count any more. */
function isOver(doing: string | undefined): boolean {
  return doing !== undefined && doing !== "working" && doing !== "waiting"
}

function Running({ session, title, over }: { session: string; title: string; over: boolean }) {
  const [state, setState] = useState<"runs" | "stopping" | Problem>("runs")
  const name = visible(title || "Untitled session")
  const stop = async () => {
    setState("stopping")
    try {
      await api.steer(session, "abort", newKey())
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      // It had stopped by itself meanwhile, which is what was wanted.
      setState(error.status === 409 ? "stopping" : error)
    }
  }
  return (
    <li className="px-3 py-1.5">
      <div className="flex min-h-9 items-center gap-3">
        <Link to="/sessions/$id" params={{ id: session }} className="min-w-0 flex-1 truncate font-medium underline underline-offset-2" title={name}>{name}</Link>
        {over
          ? <span className="flex items-center gap-1.5 text-[0.8125rem] text-good"><Check className="size-4" aria-hidden />Stopped</span>
          : <Button size="small" look="danger" disabled={state === "stopping"} aria-label={`Stop ${name}`} onClick={stop}><CircleStop aria-hidden />{state === "stopping" ? "Stopping…" : "Stop"}</Button>}
      </div>
      {state instanceof Problem && <p role="alert" className="pb-1 text-[0.8125rem] text-bad">{state.detail}</p>}
    </li>
  )
}
