// Messages that were written without a connection. They are kept in this browser and sent, in their order, when it is back. Each
// has its key, so that the gateway writes it once, however often it is sent and from however many tabs.
import { store, stored } from "./stored.ts"

export interface Unsent {
  key: string
  text: string
  /** It was meant as the answer to the open question, or not. */
  answers: boolean
  /** The gateway did not take it; why. */
  refused?: string
}

/** More than this stays in the message box: the browser's store is small. */
const MOST = 20
const LONGEST = 100_000

export function outboxOf(session: string): Unsent[] {
  try {
    const kept: unknown = JSON.parse(stored(`outbox.${session}`) ?? "[]")
    return Array.isArray(kept) ? kept.filter((one): one is Unsent => typeof one?.key === "string" && typeof one?.text === "string") : []
  } catch {
    return []
  }
}

export function keepOutbox(session: string, unsent: Unsent[]) {
  store(`outbox.${session}`, unsent.length > 0 ? JSON.stringify(unsent) : undefined)
}

export function fits(unsent: Unsent[], text: string): boolean {
  return unsent.length < MOST && unsent.reduce((sum, one) => sum + one.text.length, text.length) <= LONGEST
}

/** Why it is not sent by itself now that the connection is back, or undefined if it is. */
export function holdsBack(unsent: Unsent, answersNow: boolean): string | undefined {
  if (unsent.refused) return unsent.refused
  if (unsent.answers === answersNow) return undefined
  return answersNow
    ? "The agent has asked a question since. If you send this now, it counts as your answer."
    : "The question this answers is no longer open. If you send it now, the agent gets it as a message."
}

export type Delivered = "sent" | "unreached" | { refused: string }

/** Sends what may go, one after the other, until one must wait. What is left is told with each step. */
export async function flush(unsent: Unsent[], answersNow: boolean, send: (one: Unsent) => Promise<Delivered>, left: (unsent: Unsent[]) => void): Promise<void> {
  let waiting = unsent
  while (waiting[0] && !holdsBack(waiting[0], answersNow)) {
    const [first, ...rest] = waiting as [Unsent, ...Unsent[]]
    const became = await send(first)
    if (became === "unreached") return
    waiting = became === "sent" ? rest : [{ ...first, refused: became.refused }, ...rest]
    left(waiting)
  }
}
