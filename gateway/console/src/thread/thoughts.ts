// A model that thinks between all of its calls would fill the thread: what it thought in a row is one row.
import type { ItemOf, ThreadItem } from "../api/types.ts"

export function thoughtsTogether(items: readonly ThreadItem[]): readonly ThreadItem[] {
  const shown: ThreadItem[] = []
  for (const item of items) {
    const before = shown.at(-1)
    if (item.kind === "thought" && before?.kind === "thought") shown[shown.length - 1] = joined(before, item)
    else shown.push(item)
  }
  return shown.length === items.length ? items : shown
}

function joined(first: ItemOf<"thought">, next: ItemOf<"thought">): ItemOf<"thought"> {
  const took_ms = first.took_ms === undefined && next.took_ms === undefined ? undefined : (first.took_ms ?? 0) + (next.took_ms ?? 0)
  const text = [first.text, next.text].filter(Boolean).join("\n\n---\n\n")
  return { ...first, text, complete: next.complete, took_ms, times: (first.times ?? 1) + 1 }
}
