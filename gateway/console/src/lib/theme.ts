// How a person chooses between dark and light.
import { useSyncExternalStore } from "react"
import { store } from "./stored.ts"
import { applyTheme, theme, type Theme } from "./themed.ts"

export type { Theme } from "./themed.ts"

const watchers = new Set<() => void>()

export function chooseTheme(chosen: Theme) {
  store("theme", chosen === "system" ? undefined : chosen)
  applyTheme()
  for (const watcher of watchers) watcher()
}

export function followSystemTheme() {
  applyTheme()
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyTheme)
}

export function useTheme(): Theme {
  return useSyncExternalStore((watcher) => {
    watchers.add(watcher)
    return () => watchers.delete(watcher)
  }, theme)
}
