// What the streams told, for React.
import { useCallback, useSyncExternalStore } from "react"
import { type Cards, cardsStore, type Live, threadStore } from "./store.ts"
import type { Link } from "./stream.ts"
import type { Thread } from "./thread-fold.ts"

export { type Cards, cardsStore, type Live, LiveStore } from "./store.ts"

export function useCards(): Live<Cards> {
  return useSyncExternalStore(cardsStore.watch, cardsStore.get)
}

/** For what need not be drawn anew with every word of every agent. */
export function useCardsLink(): Link {
  return useSyncExternalStore(cardsStore.watch, () => cardsStore.get().link)
}

export function useAnySession(): boolean {
  return useSyncExternalStore(cardsStore.watch, () => (cardsStore.get().value?.size ?? 0) > 0)
}

export function useThread(session: string): Live<Thread> & { retryNow(): void } {
  const store = threadStore(session)
  const watch = useCallback((watcher: () => void) => store.watch(watcher), [store])
  const live = useSyncExternalStore(watch, store.get)
  return { ...live, retryNow: store.retryNow }
}
