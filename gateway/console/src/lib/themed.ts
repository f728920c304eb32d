// Dark, light, or as the system has it: what the page is drawn in.
import { stored } from "./stored.ts"

export type Theme = "system" | "light" | "dark"

export function theme(): Theme {
  const chosen = stored("theme")
  return chosen === "light" || chosen === "dark" ? chosen : "system"
}

export function applyTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"
  const chosen = theme()
  document.documentElement.dataset.theme = chosen === "system" ? system : chosen
}
