// What the page's address says, and what the gateway is asked for it: days of whoever looks become moments.
import type { AuditFilter } from "../api/client.ts"

export const KINDS = {
  decision: "Answers of people",
  rule: "Decided by the gateway",
  refusal: "Refused",
  alarm: "Alarms",
  other: "Anything else",
} as const satisfies Record<NonNullable<AuditFilter["kind"]>, string>

type Kind = keyof typeof KINDS

/** Days are written as in a calendar, `2026-11-29`; both are included. */
export interface AuditSearch {
  session?: string
  ask?: string
  person?: string
  text?: string
  kind?: Kind
  from?: string
  until?: string
}

export function readSearch(given: Record<string, unknown>): AuditSearch {
  const text = (name: string) => (given[name] === undefined || given[name] === "" ? {} : { [name]: String(given[name]) })
  const day = (name: string) => (startOf(given[name]) ? text(name) : {})
  const kind = String(given.kind)
  return { ...text("session"), ...text("ask"), ...text("person"), ...text("text"), ...(Object.hasOwn(KINDS, kind) ? { kind: kind as Kind } : {}), ...day("from"), ...day("until") }
}

export function asked({ from, until, ...rest }: AuditSearch): AuditFilter {
  const [first, last] = [startOf(from), startOf(until, 1)]
  return { ...rest, ...(first ? { from: first } : {}), ...(last ? { until: last } : {}) }
}

export function narrows(search: AuditSearch): boolean {
  return Object.keys(search).length > 0
}

/** When a day begins here, or one of the days after it. */
function startOf(day: unknown, later = 0): string | undefined {
  const read = /^(\d{4})-(\d\d)-(\d\d)$/.exec(String(day))
  if (!read) return undefined
  const date = new Date(Number(read[1]), Number(read[2]) - 1, Number(read[3]) + later)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
