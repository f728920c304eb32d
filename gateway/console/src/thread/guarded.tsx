// How the session's agent is kept from what is not its own: a word, what is open beside it, and what OpenCode asks nobody about.
import { Shield, ShieldAlert, ShieldCheck } from "lucide-react"
import type { GuardState } from "../api/types.gen.ts"
import { classes } from "../kit/classes.ts"
import { guardWord } from "../kit/guard.ts"
import { visible } from "../lib/visible.ts"

const LOOKS = {
  guarded: { look: "text-good", Icon: ShieldCheck },
  partly: { look: "text-warn", Icon: Shield },
  unguarded: { look: "text-bad", Icon: ShieldAlert },
}

export function Guarded({ guard }: { guard: GuardState }) {
  const { look, Icon } = LOOKS[guard.level]
  return (
    <div data-guard={guard.level} className="space-y-1.5">
      <p className={classes("flex items-center gap-1.5 font-medium", look)}><Icon className="size-3.5 shrink-0" aria-hidden />{guardWord(guard)}</p>
      <Lines head={guard.level === "partly" ? "Gaps" : undefined} lines={guard.gaps} />
      <Lines head="OpenCode by itself doesn't ask about" lines={guard.unasked} />
    </div>
  )
}

function Lines({ head, lines = [] }: { head?: string; lines?: string[] }) {
  if (lines.length === 0) return null
  return (
    <div>
      {head && <p className="text-faint">{head}:</p>}
      <ul className="list-disc space-y-0.5 pl-4 text-soft">{lines.map((line, at) => <li key={at} className="break-words">{visible(line)}</li>)}</ul>
    </div>
  )
}

/** Seen without opening anything. */
export function UnguardedMark({ guard }: { guard?: GuardState }) {
  if (guard?.level !== "unguarded") return null
  return <span data-unguarded title={visible((guard.gaps ?? []).join("; "))} className="rounded-full bg-bad-wash px-2 text-2xs leading-5 font-semibold whitespace-nowrap text-bad">{guardWord(guard)}</span>
}
