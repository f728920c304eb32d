// Whether there is room for the list beside the page.
import { useSyncExternalStore } from "react"

const query = typeof matchMedia === "undefined" ? undefined : matchMedia("(min-width: 64rem)")

const watch = (watcher: () => void) => {
  query?.addEventListener("change", watcher)
  return () => query?.removeEventListener("change", watcher)
}

export function isWide(): boolean {
  return query?.matches ?? true
}

export function useWide(): boolean {
  return useSyncExternalStore(watch, isWide)
}
