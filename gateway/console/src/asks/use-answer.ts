// Sends an answer, and says honestly what is known about it.
import { useCallback, useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { Answer, Ask } from "../api/types.gen.ts"
import { whoWasFirst } from "./ask-state.ts"

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

export function useAnswer(ask: Ask) {
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

async function give(ask: Ask, answer: Answer): Promise<Answering> {
  try {
    const verdict = await api.answer(ask, answer)
    if (verdict.verdict === "needs_second") return { state: "first" }
    if (verdict.verdict === "taken_for_later") {
      return { state: "taken", words: "Saved. It will be applied when the agent is back online." }
    }
    if (verdict.verdict === "taken_late") {
      return { state: "taken", words: "Saved. The request had already timed out, but the agent has been told." }
    }
    return { state: "taken", words: "Sent to the agent." }
  } catch (error) {
    return failed(ask, error)
  }
}

async function failed(ask: Ask, error: unknown): Promise<Answering> {
  if (!(error instanceof Problem)) throw error
  if (error.unreached) {
    const words = "The connection dropped while sending. Once you're back online this card shows whether your answer got through; if the buttons are still there, it didn't."
    return { state: "unknown", words }
  }
  if (error.status === 409) return { state: "settled", words: await settledWords(ask, error) }
  return { state: "refused", words: error.detail }
}

async function settledWords(ask: Ask, error: Problem): Promise<string> {
  const now = await api.ask(ask.id).catch(() => undefined)
  if (!now) return error.detail
  if (now.digest !== ask.digest) return "The request has changed, so your answer wasn't used. Please review it again."
  return now.decision || now.state !== "open" ? whoWasFirst(now) : error.detail
}
