// Dark, light, or as the system has it.
import { useSyncExternalStore } from "react"
import { store, stored } from "./stored.ts"

export type Theme = "system" | "light" | "dark"

const watchers = new Set<() => void>()

export function theme(): Theme {
  const chosen = stored("theme")
  return chosen === "light" || chosen === "dark" ? chosen : "system"
}

export function chooseTheme(chosen: Theme) {
  store("theme", chosen === "system" ? undefined : chosen)
  applyTheme()
  for (const watcher of watchers) watcher()
}

export function applyTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"
  const chosen = theme()
  document.documentElement.dataset.theme = chosen === "system" ? system : chosen
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
