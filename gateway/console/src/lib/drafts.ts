// What was typed and not sent, kept for each session. With its key, so that sending again writes it once.
import { newKey } from "./key.ts"
import { store, stored } from "./stored.ts"

export interface Draft {
  text: string
  key: string
}

/** Longer drafts stay in the page only: the browser's store is small. */
const LONGEST = 100_000

export function draftOf(session: string): Draft {
  try {
    const kept = JSON.parse(stored(`draft.${session}`) ?? "") as Draft
    if (typeof kept.text === "string" && typeof kept.key === "string") return kept
  } catch {
    // None, or none that can be read.
  }
  return { text: "", key: newKey() }
}

export function keepDraft(session: string, draft: Draft) {
  const worth = draft.text !== "" && draft.text.length <= LONGEST
  store(`draft.${session}`, worth ? JSON.stringify(draft) : undefined)
}
