// Notifications of the browser, for asks while nobody looks at the page.
import { store, stored } from "./stored.ts"

export type Notifying = "unsupported" | "blocked" | "off" | "on"

export function notifying(): Notifying {
  if (typeof Notification === "undefined") return "unsupported"
  if (Notification.permission === "denied") return "blocked"
  return Notification.permission === "granted" && stored("notify") === "on" ? "on" : "off"
}

export async function turnNotifications(on: boolean): Promise<Notifying> {
  if (on && typeof Notification !== "undefined" && Notification.permission === "default") await Notification.requestPermission()
  store("notify", on ? "on" : undefined)
  return notifying()
}

export function notify(title: string, body: string, tag: string, onClick: () => void) {
  if (notifying() !== "on" || document.visibilityState === "visible") return
  try {
    const shown = new Notification(title, { body, tag, icon: "/icon.svg" })
    shown.onclick = () => {
      window.focus()
      shown.close()
      onClick()
    }
  } catch {
    // Some phones have the interface but not the right to use it from a page.
  }
}
