// A model that thinks between all of its calls would fill the thread: what it thought in a row is one row.
import type { ItemOf } from "../api/thread-fold.ts"
import type { ThreadItem } from "../api/types.gen.ts"

/** One thought, or several in a row, which say how many they were. */
export type Thoughts = ItemOf<"thought"> & { times?: number }

export function thoughtsTogether(items: readonly ThreadItem[]): readonly ThreadItem[] {
  const shown: ThreadItem[] = []
  for (const item of items) {
    const before = shown.at(-1)
    if (item.kind === "thought" && before?.kind === "thought") shown[shown.length - 1] = joined(before, item)
    else shown.push(item)
  }
  return shown.length === items.length ? items : shown
}

function joined(first: Thoughts, next: Thoughts): Thoughts {
  const took_ms = first.took_ms === undefined && next.took_ms === undefined ? undefined : (first.took_ms ?? 0) + (next.took_ms ?? 0)
  const text = [first.text, next.text].filter(Boolean).join("\n\n---\n\n")
  return { ...first, text, complete: next.complete, took_ms, times: (first.times ?? 1) + 1 }
}
