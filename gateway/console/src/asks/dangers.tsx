// What stands out in what would run. The gateway finds it; nothing is refused for it.
import { TriangleAlert } from "lucide-react"
import type { Ask } from "../api/types.gen.ts"
import { visible } from "../lib/visible.ts"
import { isOpen } from "./ask-state.ts"

export function Dangers({ ask }: { ask: Ask }) {
  const dangers = ask.rules.dangers ?? []
  if (dangers.length === 0 || !isOpen(ask)) return null
  return (
    <ul aria-label="Check before you allow this" data-dangers className="space-y-1 rounded-xl bg-warn-wash px-3.5 py-2 text-[0.8125rem] text-warn">
      {dangers.map(({ kind, label, why }) => (
        <li key={kind} className="flex gap-2">
          <TriangleAlert className="mt-0.5 size-3.5 shrink-0" aria-hidden />
          <span className="min-w-0 break-words"><strong className="font-semibold">{label}</strong>: {visible(why)}</span>
        </li>
      ))}
    </ul>
  )
}
