// What a request needs that only a passkey approves: a passkey, and the page where it works.
import { KeyRound } from "lucide-react"
import type { Answer, AskView } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Elsewhere } from "../kit/elsewhere.tsx"
import { Notice } from "../kit/notice.tsx"
import { PageLink } from "../kit/page-link.tsx"
import { elsewhere } from "../lib/passkey.ts"
import { useOwnPasskeys } from "../lib/use-passkeys.ts"

export function needsPasskey(ask: AskView): boolean {
  return ask.rules?.proof === "passkey"
}

/** To deny, nobody needs to prove anything; to override the rules may take more than to follow them. */
export function needsTouch(ask: AskView, answer: Answer & { break_glass?: boolean }): boolean {
  if (answer.answer === "deny" || answer.answer === "answers") return false
  return needsPasskey(ask) || (answer.break_glass === true && ask.rules?.demand?.break_glass?.proof === "passkey")
}

/** Why this person can't approve it here and now, if so. */
export function PasskeyNeeded({ ask }: { ask: AskView }) {
  const own = useOwnPasskeys(needsPasskey(ask)).data
  if (!needsPasskey(ask) || !own) return null
  const there = elsewhere(own.origin)
  if (there) return <Elsewhere words={there.words} url={there.url} />
  if (own.passkeys.length > 0) return null
  return (
    <Notice action={!own.why_not && <Button size="small" asChild><PageLink href="/settings#passkeys"><KeyRound aria-hidden />Add a passkey</PageLink></Button>}>
      Only the touch of a passkey approves this, and you have none yet. {own.why_not ?? "You can deny it without one."}
    </Notice>
  )
}
