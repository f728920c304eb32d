// What the message box says: where a message will go, what happened to the last one, and what is in its way.
import { Link } from "@tanstack/react-router"
import { Problem } from "../api/client.ts"
import type { Reply, SessionCard } from "../api/types.gen.ts"
import { visible } from "../lib/visible.ts"
import { size } from "../markdown/long-text.tsx"
import type { RunningSession, Told } from "./told.ts"

/** From here on a text is large, for the page and for the gateway. */
export const LONG = 100_000

export function placeholder(card: Pick<SessionCard, "doing" | "paused">, answers: boolean): string {
  if (answers) return "Type your answer…"
  if (card.paused) return "Queue a message; it's sent when the session is resumed…"
  return card.doing === "working" || card.doing === "waiting" ? "Queue a message…" : "Message the agent…"
}

/** What happened to a message that the gateway accepted. */
export function wordsFor(verdict: Reply, card: Pick<SessionCard, "doing" | "paused">): Told {
  switch (verdict.verdict) {
    case "queued":
      return { bad: false, queued: true, ...queuedWords(verdict, card) }
    case "answered":
      return { bad: false, words: "Sent as your answer." }
    default:
      return { bad: false, words: "Sent." }
  }
}

function queuedWords({ behind, at_limit }: Extract<Reply, { verdict: "queued" }>, card: Pick<SessionCard, "doing" | "paused">): Pick<Told, "words" | "running"> {
  if (at_limit) return { words: "Queued: too many sessions are running. Sent when one of them finishes.", running: at_limit.running }
  const until = card.paused ? " Sent when the session is resumed." : ""
  if (behind > 0) return { words: `Queued, with ${behind} ${behind === 1 ? "message" : "messages"} ahead of it.${until}` }
  return { words: `Queued.${until || " Sent when this turn ends."}` }
}

export function wordsForRefused(problem: Problem, text: string): string {
  if (problem.unreached) return "Not confirmed: the connection dropped. Send again; it won't be posted twice."
  const tooMuch = (problem.status === 429 || problem.status === 413) && text.length > LONG
  return tooMuch ? `This message is ${size(text.length)}, more than one message can hold. Add it to the repository as a file and mention the file here.` : problem.detail
}

/** The way to the sessions that have to finish first. */
export function RunningLinks({ running }: { running: RunningSession[] }) {
  return (
    <>
      {" Running: "}
      {running.map(({ session, title }, at) => (
        <span key={session}>
          {at > 0 && ", "}
          <Link to="/sessions/$id" params={{ id: session }} className="underline underline-offset-2">{visible(title || "Untitled session")}</Link>
        </span>
      ))}
      .
    </>
  )
}
