import type { Ask, SessionCard, ThreadItem } from "../src/api/types.gen.ts"

export function card(change: Partial<SessionCard> = {}): SessionCard {
  return {
    session: "ses_12345678", pod: "pod", sort: "work", title: "A title", directory: "/work/sample",
    doing: "working", online: true, queued: 0, open_asks: [], ...change,
  }
}

export function said(key: string, order: string, text: string, complete = true): ThreadItem {
  return { key, order, at: "2026-01-01T10:00:00Z", kind: "said", by: { who: "agent" }, text, complete }
}

export function ask(change: Record<string, unknown> = {}): Ask {
  return {
    id: "per_1", opencode_id: "per_1", session: "ses_12345678", directory: "/work/sample", digest: "d".repeat(64),
    asked_at: "2026-01-01T10:00:00Z", deadline: "2026-01-01T10:05:00Z", state: "open",
    kind: "permission", permission: "bash", patterns: ["npm test"], always: ["npm *"], metadata: { command: "npm test" },
    rules: { on_silence: "deny", reminders: 0 }, ...change,
  } as Ask
}
