// Which session stands where: what needs a person first, then what moves, then the rest, each by what happened last.
import type { Doing, RawSession, SessionCard } from "../api/types.ts"

export interface Group {
  doing: Doing
  title: string
  cards: SessionCard[]
}

const GROUPS: [Doing, string][] = [
  ["waiting", "Needs input"],
  ["failed", "Failed"],
  ["working", "Working"],
  ["paused", "Paused"],
  ["idle", "Ready"],
  ["ended", "Closed"],
]

/** What people call projects, where that is not what sessions are filed under. */
export type Titles = ReadonlyMap<string, string>

const NONE: Titles = new Map()

export function grouped(cards: Iterable<SessionCard>, wanted = "", titles = NONE): Group[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean)
  const fitting = [...cards].filter((card) => fits(card, words, titles))
  return GROUPS.map(([doing, title]) => ({
    doing,
    title,
    cards: fitting.filter((card) => card.doing === doing).toSorted(newestFirst),
  })).filter((group) => group.cards.length > 0)
}

/** When something last happened in it. */
export function lastActive(card: SessionCard): string | undefined {
  return [card.active_at, card.ended?.at, card.started_at].filter((at) => at !== undefined).toSorted().at(-1)
}

function newestFirst(a: SessionCard, b: SessionCard): number {
  const [x, y] = [lastActive(a) ?? "", lastActive(b) ?? ""]
  return x === y ? (a.session < b.session ? 1 : -1) : x < y ? 1 : -1
}

function fits(card: SessionCard, words: string[], titles: Titles): boolean {
  const text = [card.title, card.directory, card.project, titles.get(card.project ?? ""), card.agent, card.owner?.name, card.session].join(" ").toLowerCase()
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

/** What people call its project; else where it works. */
export function projectOf(card: SessionCard, titles = NONE): string {
  return titles.get(card.project ?? "") ?? card.project ?? shortDirectory(card.directory)
}

/** What became of it last, in a few words. */
export function outcome(card: SessionCard, titles = NONE): string {
  if (card.unrecoverable) return "Damaged record: an operator has to restore it"
  if (card.doing === "failed") return card.failed?.why ?? "The last turn failed."
  if (!card.online && card.doing !== "ended") return "Agent offline"
  return card.milestone ?? [projectOf(card, titles), card.owner?.name].filter(Boolean).join(" · ")
}
