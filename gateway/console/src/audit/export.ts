// The audit log as a file: all that the filter lets through, page by page.
import { api, type AuditFilter } from "../api/client.ts"
import type { ChainedEntry } from "../api/types.gen.ts"

/** More than this is a matter for the command line; the page says so. */
export const MOST = 20_000

export const COLUMNS = ["number", "at", "who", "what", "answer", "subject", "always", "title", "session", "ask", "digest", "hash"] as const

export async function allEntries(filter: AuditFilter, told: (count: number) => void): Promise<{ entries: ChainedEntry[]; more: boolean }> {
  const entries: ChainedEntry[] = []
  let before: number | undefined
  do {
    const page = await api.audit(filter, before, 200)
    entries.push(...page.entries)
    before = page.next ?? undefined
    told(entries.length)
  } while (before !== undefined && entries.length < MOST)
  return { entries, more: before !== undefined }
}

/** An object a line, as most tools that take in logs want it. */
export function asJsonLines(entries: ChainedEntry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join("")
}

export function asCsv(entries: ChainedEntry[]): string {
  const rows = entries.map((entry) => COLUMNS.map((column) => cell(entry[column])).join(","))
  return [COLUMNS.join(","), ...rows, ""].join("\r\n")
}

/** What makes a formula of a cell, in full-width letters too; at its beginning, and behind what parts cells where people write commas
 * in numbers. There a spreadsheet takes `;` for the end of a cell, quoted or not. */
const FORMULA = /(^|[;\t\r\n])([\s"]*)([=+\-@\uff1d\uff0b\uff0d\uff20])/g

/** A spreadsheet would run it: what an agent wrote is never run. */
function cell(value: unknown): string {
  const text = Array.isArray(value) ? value.join(" ") : value === undefined || value === null ? "" : String(value)
  const quoted = text.replace(FORMULA, "$1$2'$3")
  const harmless = /^[\t\r\n]/.test(text) ? `'${quoted}` : quoted
  return /[",;\t\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

export function save(text: string, kind: string, name: string) {
  const address = URL.createObjectURL(new Blob([text], { type: kind }))
  const link = document.createElement("a")
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
