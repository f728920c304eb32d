// What to look at before deciding. The gateway finds it and says it; nothing is refused for it.
import { TriangleAlert } from "lucide-react"
import type { AskView, AskWarning } from "../api/types.gen.ts"
import { Notice } from "../kit/notice.tsx"
import { Says } from "./phrase.tsx"

export function Warnings({ ask }: { ask: AskView }) {
  const { warnings } = ask.display
  return (
    <>
      <Dangers dangers={warnings.filter(({ kind }) => kind === "danger")} />
      {warnings.filter(({ kind }) => kind !== "danger").map(({ kind, head, text }) => (
        <Notice key={kind} tone={kind === "offline" ? "info" : "warning"} title={head}><Says phrase={text} /></Notice>
      ))}
    </>
  )
}

/** One line each: there may be several. */
function Dangers({ dangers }: { dangers: AskWarning[] }) {
  if (dangers.length === 0) return null
  return (
    <ul aria-label="Check before you allow this" data-dangers className="space-y-1 rounded-xl bg-warn-wash px-3.5 py-2 text-[0.8125rem] text-warn">
      {dangers.map(({ head, text }) => (
        <li key={head} className="flex gap-2">
          <TriangleAlert className="mt-0.5 size-3.5 shrink-0" aria-hidden />
          <span className="min-w-0 break-words"><strong className="font-semibold">{head}</strong>: <Says phrase={text} /></span>
        </li>
      ))}
    </ul>
  )
}
