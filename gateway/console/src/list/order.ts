// Which session stands where: what needs a person first, then what moves, then the rest, each by what happened last.
import type { Doing, SessionView, SessionCard } from "../api/types.gen.ts"

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
  const by = new Map<Doing, Timed[]>()
  for (const card of cards) {
    if (!fits(card, words, titles)) continue
    const timed = { card, at: lastActive(card) ?? "" }
    const same = by.get(card.doing)
    if (same) same.push(timed)
    else by.set(card.doing, [timed])
  }
  return GROUPS.flatMap(([doing, title]) => {
    const cards = by.get(doing)?.sort(newestFirst).map(({ card }) => card)
    return cards ? [{ doing, title, cards }] : []
  })
}

/** With the time by which it is sorted: that is looked up once for each, and not with every comparison. */
interface Timed {
  card: SessionCard
  at: string
}

/** When something last happened in it. */
export function lastActive({ active_at, ended, started_at }: SessionCard): string | undefined {
  let last = started_at
  for (const at of [active_at, ended?.at]) if (at !== undefined && (last === undefined || at > last)) last = at
  return last
}

function newestFirst(a: Timed, b: Timed): number {
  return a.at === b.at ? (a.card.session < b.card.session ? 1 : -1) : a.at < b.at ? 1 : -1
}

function fits(card: SessionCard, words: string[], titles: Titles): boolean {
  if (words.length === 0) return true
  const text = [card.title, card.directory, card.project, titles.get(card.project ?? ""), card.agent, card.owner?.name].join(" ").toLowerCase()
  return words.every((word) => text.includes(word) || isId(card.session, word))
}

/** An id is found by its beginning: "12" is somewhere in most of them. */
function isId(session: string, word: string): boolean {
  return word.startsWith("ses_") && session.toLowerCase().startsWith(word)
}

/** Sessions that have no card yet, the newest first; a sub-agent's belong to the one that people see. */
export function withoutCard(sessions: SessionView[], cards: { has(session: string): boolean }, wanted = ""): SessionView[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean)
  return sessions
    .filter((session) => !cards.has(session.id) && !session.parent_id && !session.archived)
    .filter((session) => words.every((word) => `${session.title} ${session.directory}`.toLowerCase().includes(word) || isId(session.id, word)))
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
  // It goes on without an answer, and still takes one.
  if (card.expired_asks?.length) return card.expired_asks.length === 1 ? "Nobody answered in time" : `${card.expired_asks.length} requests timed out`
  return card.milestone ?? [projectOf(card, titles), card.owner?.name].filter(Boolean).join(" · ")
}
