import type { AskView, SessionCard, ThreadItem } from "../src/api/types.gen.ts"
import served from "./served-asks.json"

export function card(change: Partial<SessionCard> = {}): SessionCard {
  return {
    session: "ses_12345678", pod: "pod", sort: "work", title: "A title", directory: "/work/sample",
    doing: "working", online: true, queued: 0, open_asks: [], ...change,
  }
}

export function said(key: string, order: string, text: string, complete = true): ThreadItem {
  return { key, order, at: "2026-01-01T10:00:00Z", kind: "said", by: { who: "agent" }, text, complete }
}

/** Requests as the gateway serves them, one of each kind and standing; `make docs` writes the file from there. */
export const SERVED = served as unknown as { name: string; ask: AskView }[]

export function ask(name = "bash", change: Partial<AskView> = {}): AskView {
  const found = SERVED.find((sample) => sample.name === name)
  if (!found) throw new Error(`There is no sample of ${name}.`)
  return { ...found.ask, ...change } as AskView
}

/** With other words on it. */
export function worded(of: AskView, display: Partial<AskView["display"]>): AskView {
  return { ...of, display: { ...of.display, ...display } }
}
