// Small things about text.

export function byteLength(text: string): number {
  return Buffer.byteLength(text, "utf8")
}

/** Shortens to about `limit` bytes by cutting out the middle, and says so there. */
export function shorten(text: string, limit: number): string {
  if (text.length * 3 <= limit || byteLength(text) <= limit) return text
  const half = Math.floor(limit / 2) - 64
  const bytes = Buffer.from(text, "utf8")
  const cut = bytes.length - 2 * half
  // Decoding drops the halves of characters at the cut.
  const start = bytes.subarray(0, half).toString("utf8").replace(/\uFFFD+$/, "")
  const end = bytes.subarray(bytes.length - half).toString("utf8").replace(/^\uFFFD+/, "")
  return `${start}\n[… ${cut} bytes left out …]\n${end}`
}

/** Halves of characters, which no other program can read, become a mark. */
export function wellFormed(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8")
}

export function asString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined
}

export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {}
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
