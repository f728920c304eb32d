// What a mask hides on a card, shown to whoever decides and to nobody else. The page forgets it when it is closed.
import { Eye, EyeOff } from "lucide-react"
import { useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { AskView } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Notice } from "../kit/notice.tsx"
import { visible } from "../lib/visible.ts"

export function Reveal({ ask, live }: { ask: AskView; live: boolean }) {
  const [text, setText] = useState<string>()
  const [problem, setProblem] = useState<string>()
  const show = async () => {
    setProblem(undefined)
    try {
      const reply = await api.reveal(ask.id)
      if (reply.verdict === "in_full") setText(reply.text)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error.detail)
    }
  }
  return (
    <div className="space-y-2 text-[0.8125rem]">
      <p className="text-soft">{ask.display.hidden}</p>
      {text === undefined ? (
        <Button size="small" disabled={!live} onClick={show}><Eye aria-hidden />Show it to me</Button>
      ) : (
        <>
          <pre tabIndex={0} aria-label="What is hidden from others" data-in-full className="max-h-[min(18rem,35dvh)] overflow-auto rounded-xl border border-line bg-sunken px-3.5 py-3 font-mono leading-relaxed break-words whitespace-pre-wrap">{visible(text)}</pre>
          <Button size="small" onClick={() => setText(undefined)}><EyeOff aria-hidden />Hide it again</Button>
        </>
      )}
      {problem && <Notice tone="warning" alert>{problem}</Notice>}
    </div>
  )
}
