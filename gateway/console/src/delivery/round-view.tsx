// A tree that was measured: how much it changes, which checks ran, what the rules said, who allowed what.
import { CircleHelp, CircleSlash, FlaskConical, type LucideIcon, TriangleAlert, UserRoundCheck } from "lucide-react"
import type { DeliveryRound } from "../api/types.gen.ts"
import { Counts } from "../diff/diff-view.tsx"
import { classes } from "../kit/classes.ts"
import { visible } from "../lib/visible.ts"

/** Of a hash. */
const SHORT = 10

export function RoundView({ round }: { round: DeliveryRound }) {
  const { number, files, added, deleted, tree, commit, pack, checks, deny, ask, warn, approvals } = round
  return (
    <section data-round={number} aria-label={`Round ${number}`} className="space-y-3 rounded-xl border border-line bg-raised p-4 text-[0.8125rem]">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h3 className="font-medium">Round {number}</h3>
        <span className="text-soft">{files === 1 ? "1 file" : `${files} files`}</span>
        <Counts additions={added} deletions={deleted} />
      </div>
      <Lines head="Checks" lines={checks} Icon={FlaskConical} look="text-faint" />
      <Lines head="Denied by the rules" lines={deny} Icon={CircleSlash} look="text-bad" />
      <Lines head="The rules ask" lines={ask} Icon={CircleHelp} look="text-accent-ink" />
      <Lines head="Warnings of the rules" lines={warn} Icon={TriangleAlert} look="text-warn" />
      <Lines head="Approvals" lines={approvals} Icon={UserRoundCheck} look="text-good" />
      <p className="text-2xs break-all text-faint">
        Tree <Hash of={tree} />{commit && <> · commit <Hash of={commit} /></>}{pack && <> · rules <Hash of={pack} /></>}
      </p>
    </section>
  )
}

function Lines({ head, lines, Icon, look }: { head: string; lines: string[]; Icon: LucideIcon; look: string }) {
  if (lines.length === 0) return null
  return (
    <div>
      <h4 className="text-xs text-faint">{head}</h4>
      <ul className="mt-1 space-y-1">
        {lines.map((line, at) => (
          <li key={at} className="flex gap-2">
            <Icon className={classes("mt-[0.2rem] size-3.5 shrink-0", look)} aria-hidden />
            <span className="min-w-0 break-words">{visible(line)}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Hash({ of }: { of: string }) {
  return <span className="font-mono" title={visible(of)}>{visible(of).slice(0, SHORT)}</span>
}
