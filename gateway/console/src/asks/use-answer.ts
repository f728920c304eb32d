// Sends an answer, and says honestly what is known about it.
import { useCallback, useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { Answer, AskView } from "../api/types.gen.ts"
import { PasskeyProblem, touch } from "../lib/passkey.ts"
import { needsTouch } from "./passkey-needed.tsx"

export type Answering =
  | { state: "none" }
  | { state: "sending"; answer: Answer }
  | { state: "taken"; words: string }
  /** Allowed, and somebody else must allow it too. */
  | { state: "first" }
  /** Somebody was faster, or it is not asked any more. */
  | { state: "settled"; words: string }
  | { state: "refused"; words: string }
  /** Nobody knows whether it arrived; the next snapshot does. */
  | { state: "unknown"; words: string }

export function useAnswer(ask: AskView) {
  const [answering, setAnswering] = useState<Answering>({ state: "none" })
  const send = useCallback(
    async (answer: Answer) => {
      setAnswering({ state: "sending", answer })
      setAnswering(await give(ask, answer))
    },
    [ask],
  )
  return { answering, send }
}

async function give(ask: AskView, answer: Answer): Promise<Answering> {
  try {
    const assertion = needsTouch(ask, answer) ? await touch(await api.challenge(ask, answer)) : undefined
    const reply = await api.answer(ask, answer, assertion)
    return reply.verdict === "needs_second" ? { state: "first" } : { state: "taken", words: reply.sentence }
  } catch (error) {
    return failed(error)
  }
}

function failed(error: unknown): Answering {
  if (error instanceof PasskeyProblem) return { state: "refused", words: error.message }
  if (!(error instanceof Problem)) throw error
  if (error.unreached) {
    const words = "The connection dropped while sending. Once you're back online this card shows whether your answer got through; if the buttons are still there, it didn't."
    return { state: "unknown", words }
  }
  if (error.status === 409) return { state: "settled", words: `${error.detail} Your answer wasn't used.` }
  return { state: "refused", words: error.detail }
}
