// Small things that every picture of a delivery has: how it stands, its risk, its pull request.
import { ExternalLink } from "lucide-react"
import type { PullLink } from "../api/types.gen.ts"
import { buttonLook } from "../kit/button-look.ts"
import { classes } from "../kit/classes.ts"
import { safeLink } from "../lab/lab-words.ts"
import { visible } from "../lib/visible.ts"
import { pullLabel, riskTone, riskWord, type Tone, toneOf } from "./delivery-words.ts"

const INKS: Record<Tone, string> = { good: "text-good", bad: "text-bad", warn: "text-warn", accent: "text-accent-ink", plain: "text-soft" }
const WASHES: Record<Tone, string> = {
  good: "bg-good-wash text-good",
  bad: "bg-bad-wash text-bad",
  warn: "bg-warn-wash text-warn",
  accent: "bg-accent-wash text-accent-ink",
  plain: "bg-sunken text-soft",
}

export function Word({ delivery }: { delivery: { word: string; stage: string; over?: boolean } }) {
  return <span className={classes("font-medium", INKS[toneOf(delivery)])}>{visible(delivery.word)}</span>
}

export function Risk({ risk }: { risk: string }) {
  return <span className={classes("shrink-0 rounded-full px-2 text-2xs leading-5 font-semibold whitespace-nowrap", WASHES[riskTone(risk)])}>{riskWord(visible(risk))}</span>
}

/** Its number; with a button's look where it is the way to go. */
export function PullRequest({ pull, asButton }: { pull: PullLink | undefined; asButton?: boolean }) {
  const link = safeLink(pull?.url)
  if (!pull || !link) return null
  const look = asButton ? buttonLook({ look: "primary", size: "small" }, "max-sm:h-11") : "inline-flex items-center gap-1 text-accent-ink underline underline-offset-2"
  return (
    <a href={link} target="_blank" rel="noopener noreferrer" className={look}>
      {asButton ? <ExternalLink aria-hidden /> : <span className="sr-only">Pull request </span>}
      {asButton && "Pull request "}{pullLabel(pull)}
    </a>
  )
}
