// Who sits here, until the gateway signs people in itself.
import { useSyncExternalStore } from "react"
import { store, stored } from "./stored.ts"

export const NOBODY_YET = "me"

const watchers = new Set<() => void>()
let signedIn: string | undefined

/** What the gateway takes as a name. */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9._@ -]{1,64}$/.test(name) && name.trim() === name
}

export function personName(): string {
  return signedIn ?? stored("person") ?? NOBODY_YET
}

export function isNamed(): boolean {
  return signedIn !== undefined || stored("person") !== undefined
}

export function namePerson(name: string) {
  store("person", name)
  for (const watcher of watchers) watcher()
}

/** The gateway knows who it is; what was typed here counts no more. */
export function signIn(name: string | undefined) {
  if (signedIn === name) return
  signedIn = name
  for (const watcher of watchers) watcher()
}

export function personHeader(): Record<string, string> {
  return signedIn === undefined ? { "x-gateway-person": personName() } : {}
}

const watch = (watcher: () => void) => {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

export function usePerson() {
  const name = useSyncExternalStore(watch, personName)
  const named = useSyncExternalStore(watch, isNamed)
  return { name, named, signedIn: signedIn !== undefined }
}
