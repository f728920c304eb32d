// Asks again until the gateway answers. The query library's own retries wait while nobody looks at the page, and that
// is just when a notification is wanted.
import { Problem } from "./client.ts"

/** Between two tries, the longer the more there were. */
const FIRST_MS = 500
const LONGEST_MS = 15_000

const mayAnswerSoon = (error: unknown) => error instanceof Problem && (error.unreached || error.status === 429 || error.status >= 500)

/** What the gateway refuses it refuses again: that is told at once. */
export async function untilAnswered<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let wait = FIRST_MS; ; wait = Math.min(wait * 2, LONGEST_MS)) {
    try {
      return await ask()
    } catch (error) {
      if (signal.aborted || !mayAnswerSoon(error)) throw error
    }
    await pause(wait, signal)
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener("abort", done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener("abort", done)
  })
}
