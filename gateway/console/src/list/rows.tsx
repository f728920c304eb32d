// What the list of sessions is made of. Nothing here keeps state, so that it can be drawn before React is there.
import type { ReactNode } from "react"
import type { SessionCard } from "../api/types.gen.ts"
import { buttonLook } from "../kit/button-look.ts"
import { classes } from "../kit/classes.ts"
import { PageLink } from "../kit/page-link.tsx"
import { Dot, statusWord } from "../kit/status.tsx"
import { ago, stamp } from "../lib/time.ts"
import { visible } from "../lib/visible.ts"
import { type Group, lastActive, outcome, projectOf, type Titles } from "./order.ts"

/** Sessions at rest shown before one asks for more; those that move are shown all, as far as that goes. */
const FEW = 10
const MANY = 50

export function fewOf({ doing }: Group): number {
  return doing === "ended" || doing === "idle" ? FEW : MANY
}

/** Fewer than this are found by looking. */
export const SEARCHABLE = 7

/** On a phone there is room for the button that lies over its end. */
export const LIST = "space-y-5 px-3 pt-1 pb-24 lg:pb-6"

export function GroupSection({ group, children }: { group: Group; children: ReactNode }) {
  return (
    <section aria-labelledby={`group-${group.doing}`}>
      <GroupHeading id={`group-${group.doing}`} title={group.title} count={group.cards.length} />
      {children}
    </section>
  )
}

export function GroupHeading({ id, title, count }: { id: string; title: string; count: number }) {
  return <h2 id={id} className="flex items-center gap-2 px-3 pb-1 text-xs font-semibold text-faint">{title} <span className="font-normal tabular-nums">{count}</span></h2>
}

/** What is folded; the keys of the list reach it. */
export function More({ count, onPress }: { count: number; onPress?(): void }) {
  if (count <= 0) return null
  return <button type="button" data-more className={buttonLook({ look: "quiet", size: "small" }, "ml-1 focus-visible:-outline-offset-2")} onClick={onPress}>{count} more</button>
}

interface RowProps {
  card: SessionCard
  /** What it asks, in a few words, as far as that is known. */
  asks?: string
  titles: Titles
  now: number
  active?: boolean
}

export function SessionRow({ card, asks, titles, now, active }: RowProps) {
  const at = lastActive(card)
  const title = visible(card.title || "Untitled session")
  const waits = card.doing === "waiting"
  return (
    <PageLink
      href={`/sessions/${encodeURIComponent(card.session)}`}
      active={active}
      data-session={card.session}
      title={`${title}\n${visible(projectOf(card, titles))}${at ? `, ${stamp(at)}` : ""}`}
      className={ROW}
    >
      <span className="mt-[0.45rem]"><Dot doing={card.doing} offline={!card.online && card.doing !== "ended"} /></span>
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          <span className={classes("min-w-0 flex-1 truncate text-[0.9375rem] leading-snug lg:text-sm", card.doing === "ended" ? "text-soft" : "font-medium")}>{title}</span>
          <Priority card={card} />
          {at && <time dateTime={at} className="shrink-0 text-2xs text-faint">{ago(at, now)}</time>}
        </span>
        <span className={classes("relative block truncate text-[0.8125rem]", waits ? "font-medium text-accent-ink" : card.doing === "failed" ? "text-bad" : "text-faint")}>
          {visible(waits ? (asks ?? "Needs an answer") : outcome(card, titles))}
          <span className="sr-only">. {statusWord(card.doing, card.online)}</span>
        </span>
        {card.open_asks.length > 1 && <span className="text-2xs text-faint">and {card.open_asks.length - 1} more</span>}
      </span>
    </PageLink>
  )
}

export const ROW = "flex gap-3 rounded-xl px-3 py-2.5 hover:bg-sunken focus-visible:-outline-offset-2 data-[status=active]:bg-sunken"

function Priority({ card: { priority, doing } }: { card: SessionCard }) {
  if ((priority !== "high" && priority !== "urgent") || doing === "ended") return null
  const urgent = priority === "urgent"
  return <span className={classes("shrink-0 rounded-full px-2 text-2xs leading-5 font-semibold", urgent ? "bg-bad-wash text-bad" : "bg-warn-wash text-warn")}>{urgent ? "Urgent" : "High"}</span>
}
