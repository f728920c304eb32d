// Who sits here, as the gateway knows it.
import { stored } from "./stored.ts"

/** What people are told about names. */
export const NAME_RULE = "Use letters, numbers, spaces and . _ @ - (up to 64 characters)."

const watchers = new Set<() => void>()
let signedIn: string | undefined

/** One spelling for what looks the same: accents are part of their letters (B14). */
export function tidyName(name: string): string {
  return name.normalize("NFC").trim().replace(/ {2,}/g, " ")
}

/** What the gateway takes as a name: letters of any language. */
export function isPlainName(name: string): boolean {
  return /^[\p{L}\p{M}\p{N}._@ -]{1,64}$/u.test(name) && tidyName(name) === name
}

export function personName(): string {
  return signedIn ?? ""
}

/** `undefined`: the gateway does not sign people in. */
export function signIn(name: string | undefined) {
  if (signedIn === name) return
  signedIn = name
  for (const watcher of watchers) watcher()
}

/** Where nobody signs in, the name that was typed here before. */
export function personHeader(): Record<string, string> {
  const name = signedIn === undefined ? stored("person") : undefined
  return name && /^[\x20-\x7e]+$/.test(name) ? { "x-gateway-person": name } : {}
}

export function watchPerson(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}
