// Notifications of the browser, for asks while nobody looks at the page. They go through a service worker where there is
// one: a phone shows no others, and a tap finds the right thread also when the page sleeps.
import { store, stored } from "./stored.ts"

export type Notifying = "unsupported" | "blocked" | "off" | "on"

export interface Told {
  title: string
  body: string
  /** One notification for each tag; the newest stays. */
  tag: string
  /** Where a tap leads, in this console. */
  path: string
  /** Rings again although one with this tag is shown. */
  again?: boolean
}

const WORKER = "/sw.js"

export function notifying(): Notifying {
  if (typeof Notification === "undefined") return "unsupported"
  if (Notification.permission === "denied") return "blocked"
  return Notification.permission === "granted" && stored("notify") === "on" ? "on" : "off"
}

/** Asks for the permission, so it is for a person's own tap only. */
export async function turnNotifications(on: boolean): Promise<Notifying> {
  if (on && typeof Notification !== "undefined" && Notification.permission === "default") await Notification.requestPermission()
  store("notify", on ? "on" : undefined)
  if (notifying() === "on") await worker()
  return notifying()
}

export async function notify({ title, body, tag, path, again }: Told, open: (path: string) => void): Promise<void> {
  if (notifying() !== "on" || document.visibilityState === "visible") return
  const options = { body, tag, renotify: again === true, icon: "/icon.svg", data: { path } }
  const registration = await worker()
  if (registration) return registration.showNotification(title, options).catch(() => {})
  try {
    const shown = new Notification(title, options)
    shownHere.set(tag, shown)
    shown.onclick = () => {
      window.focus()
      shown.close()
      open(path)
    }
  } catch {
    // Some phones have the interface but not the right to use it from a page.
  }
}

/** Of pages without a worker. */
const shownHere = new Map<string, Notification>()

/** What it told of is settled. */
export async function unnotify(tag: string): Promise<void> {
  shownHere.get(tag)?.close()
  shownHere.delete(tag)
  if (notifying() !== "on") return
  const registration = await worker()
  const shown = await registration?.getNotifications({ tag }).catch(() => [])
  shown?.forEach((notification) => notification.close())
}

/** A tap on a notification, told by the worker to the page that it chose. */
export function whenTapped(open: (path: string) => void): () => void {
  const workers = typeof navigator === "undefined" ? undefined : navigator.serviceWorker
  if (!workers) return () => {}
  const heard = (event: MessageEvent) => {
    const path: unknown = event.data?.open
    if (typeof path === "string" && path.startsWith("/") && !path.startsWith("//")) open(path)
  }
  workers.addEventListener("message", heard)
  return () => workers.removeEventListener("message", heard)
}

/** None where the page is not served over https or from this machine. */
async function worker(): Promise<ServiceWorkerRegistration | undefined> {
  const workers = navigator.serviceWorker
  if (!workers) return undefined
  try {
    await workers.register(WORKER)
    return await workers.ready
  } catch {
    return undefined
  }
}
