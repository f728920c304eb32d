// The agent's to-do list, as its newest call left it.
import type { ThreadItem } from "../api/types.gen.ts"

export interface Todo {
  content: string
  status: string
}

export function newestTodos(items: readonly ThreadItem[]): Todo[] {
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at]!
    if (item.kind !== "tools") continue
    for (const line of item.lines.toReversed()) {
      for (const detail of line.details.toReversed()) {
        const todos = detail.tool === "todowrite" ? read(detail.output) : undefined
        if (todos) return todos
      }
    }
  }
  return []
}

function read(output: string | undefined): Todo[] | undefined {
  try {
    const told: unknown = JSON.parse(output ?? "")
    if (!Array.isArray(told)) return undefined
    return told.filter((todo): todo is Todo => typeof todo?.content === "string" && typeof todo?.status === "string")
  } catch {
    return undefined
  }
}
