// Which addresses in an agent's text may become links.

import { hidesSomething } from "../lib/visible.ts"

export interface SafeLink {
  href: string
  /** Shown beside the text, so that no link claims to be another one. */
  host: string
}

/** Web and mail addresses only; anything else stays text. */
export function safeLink(address: string): SafeLink | undefined {
  // Control characters and spaces hide schemes from simple checks; no honest address has them.
  if (/[\u0000-\u0020]/.test(address) || hidesSomething(address)) return undefined
  let url: URL
  try {
    url = new URL(address)
  } catch {
    return undefined
  }
  if (url.username || url.password) return undefined
  if (url.protocol === "https:" || url.protocol === "http:") return { href: url.href, host: url.host }
  if (url.protocol === "mailto:") return { href: url.href, host: url.pathname }
  return undefined
}

/** The host need not be said twice. */
export function saysHost(text: string, host: string): boolean {
  return new RegExp(`^(https?://)?${host.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}([/?#:]|$)`, "i").test(text.trim())
}
