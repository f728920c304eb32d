// The newest turn failed: the two things that help. What went wrong stands in the thread, once (B25).
import { RotateCcw } from "lucide-react"
import { useState } from "react"
import type { SessionCard } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Notice } from "../kit/notice.tsx"
import { ChangeAgent } from "./change-agent.tsx"
import { useSteer } from "./controls.tsx"

export function FailedBar({ card, live }: { card: SessionCard; live: boolean }) {
  const { steer, busy, problem } = useSteer(card.session)
  const [choosing, setChoosing] = useState(false)
  if (card.doing !== "failed") return null
  const dead = !live || busy || !card.online
  return (
    <div className="mx-auto w-full max-w-3xl px-4 pt-2 pb-3 sm:px-6">
      <Notice
        tone="error"
        title="The last turn failed"
        alert
        action={
          <span className="flex flex-wrap gap-2">
            <Button look="primary" size="small" className="h-10 sm:h-8" disabled={dead} onClick={() => steer("retry")}><RotateCcw aria-hidden />Retry</Button>
            <Button size="small" className="h-10 sm:h-8" disabled={dead} onClick={() => setChoosing(true)}>Change model…</Button>
          </span>
        }
      >
        {problem?.detail}
      </Notice>
      <ChangeAgent card={card} open={choosing} onClose={() => setChoosing(false)} />
    </div>
  )
}
