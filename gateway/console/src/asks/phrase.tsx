// The gateway's sentences come in parts: what they say is decided there, how a part looks is decided here.
import type { Part, Phrase } from "../api/types.gen.ts"
import { left, useNow, when } from "../lib/time.ts"

export function Says({ phrase }: { phrase: Phrase }) {
  return phrase.map((part, at) => <Drawn key={at} part={part} />)
}

function Drawn({ part }: { part: Part }) {
  switch (part.part) {
    case "code":
      return <code className="font-mono text-[0.92em] break-words">{part.text}</code>
    case "deadline":
      return <CountedDown until={part.at} />
    default:
      return words(part, 0)
  }
}

function CountedDown({ until }: { until: string }) {
  return <span className="tabular-nums">in {left(until, useNow(true))}</span>
}

/** The same where only text can stand: notifications, names for screen readers. */
export function plain(phrase: Phrase, now = Date.now()): string {
  return phrase.map((part) => words(part, now)).join("")
}

function words(part: Part, now: number): string {
  switch (part.part) {
    case "text":
    case "code":
      return part.text
    case "quote":
      return `“${part.text}”`
    case "person":
      return part.name ?? plainId(part.id)
    case "everyone":
      return "Anyone signed in"
    case "time":
      return when(part.at)
    case "deadline":
      return `in ${left(part.at, now)}`
  }
}

/** A person's id without the surface that it comes from. */
export function plainId(id: string): string {
  return id.replace(/^(api|web|slack):/, "")
}
