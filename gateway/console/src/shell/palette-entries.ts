// What the command palette offers for what is typed: sessions by their title, and where else one can go.
import type { SessionView, SessionCard } from "../api/types.gen.ts"
import { grouped, projectOf, type Titles, withoutCard } from "../list/order.ts"
import { statusWord } from "../kit/status.tsx"
import { visible } from "../lib/visible.ts"

export interface Action {
  name: string
  /** Other words that people look for. */
  also?: string
  keys?: string
}

export type Entry<A extends Action = Action> =
  | { kind: "session"; id: string; session: string; title: string; about: string }
  | { kind: "action"; id: string; action: A }

/** Without a word the newest are enough; with one, more than this is not looked through anyway. */
const RECENT = 6
const MOST = 30

export function entriesFor<A extends Action>(wanted: string, cards: Iterable<SessionCard>, loose: SessionView[], actions: A[], titles?: Titles): Entry<A>[] {
  const sessions = [...withCard([...cards], wanted, titles), ...looseOnes(loose, wanted)]
  const fitting = actions.filter((action) => fits(`${action.name} ${action.also ?? ""}`, wanted))
  return [
    ...sessions.slice(0, wanted.trim() === "" ? RECENT : MOST),
    ...fitting.map((action) => ({ kind: "action" as const, id: `action-${action.name}`, action })),
  ]
}

function withCard(cards: SessionCard[], wanted: string, titles?: Titles) {
  const found = grouped(cards, wanted, titles).flatMap((group) => group.cards)
  // Where its title says what was typed it is meant more than where its directory does.
  const named = found.filter((card) => fits(card.title, wanted))
  return [...named, ...found.filter((card) => !named.includes(card))].map((card) =>
    entry(card.session, card.title, `${visible(projectOf(card, titles))} · ${statusWord(card.doing, card.online)}`))
}

function looseOnes(sessions: SessionView[], wanted: string) {
  return withoutCard(sessions, new Set<string>(), wanted).map((session) => entry(session.id, session.title, "Started in OpenCode"))
}

function entry(session: string, title: string, about: string) {
  return { kind: "session" as const, id: `session-${session}`, session, title: visible(title || "Untitled session"), about }
}

function fits(text: string, wanted: string): boolean {
  const looked = text.toLowerCase()
  return wanted.toLowerCase().split(/\s+/).every((word) => looked.includes(word))
}
