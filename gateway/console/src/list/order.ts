// Which session stands where: what waits for a person first, then what moves, then the rest.
import type { Doing, RawSession, SessionCard } from "../api/types.ts"

export interface Group {
  doing: Doing
  title: string
  cards: SessionCard[]
}

const GROUPS: [Doing, string][] = [
  ["waiting", "Waits for you"],
  ["working", "Working"],
  ["paused", "Paused"],
  ["idle", "Idle"],
  ["ended", "Ended"],
]

export function grouped(cards: Iterable<SessionCard>, wanted = ""): Group[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean)
  const fitting = [...cards].filter((card) => fits(card, words))
  return GROUPS.map(([doing, title]) => ({
    doing,
    title,
    cards: fitting.filter((card) => card.doing === doing).toSorted(newestFirst),
  })).filter((group) => group.cards.length > 0)
}

function newestFirst(a: SessionCard, b: SessionCard): number {
  const [x, y] = [a.ended?.at ?? a.started_at ?? "", b.ended?.at ?? b.started_at ?? ""]
  return x === y ? (a.session < b.session ? 1 : -1) : x < y ? 1 : -1
}

function fits(card: SessionCard, words: string[]): boolean {
  const text = [card.title, card.directory, card.project, card.agent, card.owner?.name, card.session].join(" ").toLowerCase()
  return words.every((word) => text.includes(word))
}

/** Sessions that have no card yet, the newest first; a sub-agent's belong to the one that people see. */
export function withoutCard(sessions: RawSession[], cards: { has(session: string): boolean }, wanted = ""): RawSession[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean)
  return sessions
    .filter((session) => !cards.has(session.id) && !session.parent_id && !session.archived)
    .filter((session) => words.every((word) => `${session.title} ${session.directory} ${session.id}`.toLowerCase().includes(word)))
    .toSorted((a, b) => b.updated_at - a.updated_at)
}

/** The last part of a path says most. */
export function shortDirectory(directory: string): string {
  return directory.split("/").filter(Boolean).slice(-1)[0] ?? directory
}
