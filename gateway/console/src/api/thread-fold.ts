// Folds a thread's events into what the page shows. Pure: the same events give the same thread.
import type { SessionCard, ThreadItem, ThreadNews } from "./types.gen.ts"

export interface Thread {
  rev: number
  card: SessionCard
  /** In their order. */
  items: readonly ThreadItem[]
}

export type ItemOf<Kind extends ThreadItem["kind"]> = Extract<ThreadItem, { kind: Kind }>

/** What to do with an event: a new thread, or everything anew because it does not fit what is known. */
export type Folded = Thread | "reload"

export function fold(thread: Thread | undefined, name: string, data: unknown): Folded {
  if (name === "thread") return sorted(data as Thread)
  if (name === "reload" || !thread) return "reload"
  if (name !== "news") return thread
  return foldNews(thread, data as ThreadNews)
}

function foldNews(thread: Thread, news: ThreadNews): Folded {
  // Told before, in the snapshot.
  if (news.rev <= thread.rev) return thread
  const rev = news.rev
  switch (news.news) {
    case "card":
      return { ...thread, rev, card: news.card }
    case "remove":
      return { ...thread, rev, items: thread.items.filter((item) => item.key !== news.key) }
    case "put":
      return { ...thread, rev, items: put(thread.items, news.item) }
    case "grew":
      return grow({ ...thread, rev }, news)
    default:
      return { ...thread, rev }
  }
}

function grow(thread: Thread, news: Extract<ThreadNews, { news: "grew" }>): Folded {
  const at = findLast(thread.items, news.key)
  const item = thread.items[at]
  // Only what continues the known text exactly is appended.
  if (item?.kind !== "said" || item.text.length !== news.offset) return "reload"
  const items = thread.items.slice()
  items[at] = { ...item, text: item.text + news.added, complete: news.complete }
  return { ...thread, items }
}

function put(items: readonly ThreadItem[], item: ThreadItem): ThreadItem[] {
  const known = findLast(items, item.key)
  if (known >= 0 && items[known]?.order === item.order) {
    const next = items.slice()
    next[known] = item
    return next
  }
  const next = known >= 0 ? items.toSpliced(known, 1) : items.slice()
  next.splice(place(next, item.order), 0, item)
  return next
}

/** News is mostly about the end. */
function findLast(items: readonly ThreadItem[], key: string): number {
  return items.findLastIndex((item) => item.key === key)
}

function place(items: readonly ThreadItem[], order: string): number {
  let at = items.length
  while (at > 0 && items[at - 1]!.order > order) at--
  return at
}

function sorted({ rev, card, items }: Thread): Thread {
  return { rev, card, items: items.toSorted((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0)) }
}
