// The keyboard: what each key does, and doing it.
import { useNavigate } from "@tanstack/react-router"
import { useEffect, useState } from "react"
import { Dialog } from "../kit/dialog.tsx"
import { NEXT_REQUEST } from "../lib/keyboard.ts"

const KEYS: [string, string][] = [
  ["j or ↓", "Next session"],
  ["k or ↑", "Previous session"],
  ["Enter", "Open the selected session"],
  ["n", "New session"],
  ["m or /", "Focus the message box"],
  ["Esc", "Leave the message box"],
  ["a", "Jump to the next request"],
  ["Shift + A", "Allow the request that has the focus, once"],
  ["Shift + D", "Deny it"],
  ["Shift + R", "Deny it with a reason"],
  ["h", "Inbox: all open requests"],
  ["s", "Settings"],
  ["?", "Show keyboard shortcuts"],
]

export function Shortcuts() {
  const [shown, setShown] = useState(false)
  const navigate = useNavigate()
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      const act = ACTS[event.key]
      if (!act) return
      if (event.key.startsWith("Arrow") && !inList(event.target)) return
      event.preventDefault()
      act({ help: () => setShown(true), go: (to) => void navigate({ to }) })
    }
    window.addEventListener("keydown", pressed)
    return () => window.removeEventListener("keydown", pressed)
  }, [navigate])
  return (
    <Dialog open={shown} onClose={() => setShown(false)} title="Keyboard shortcuts">
      <dl className="mt-3 space-y-2.5">
        {KEYS.map(([key, does]) => (
          <div key={key} className="flex items-center gap-4 text-sm">
            <dt className="w-24 shrink-0"><kbd className="rounded-md border border-line bg-sunken px-2 py-0.5 font-mono text-xs">{key}</kbd></dt>
            <dd className="text-soft">{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}

interface Doer {
  help(): void
  go(to: "/" | "/start" | "/settings"): void
}

const ACTS: Record<string, (doer: Doer) => void> = {
  "?": (doer) => doer.help(),
  n: (doer) => doer.go("/start"),
  h: (doer) => doer.go("/"),
  s: (doer) => doer.go("/settings"),
  j: () => moveInList(1),
  ArrowDown: () => moveInList(1),
  k: () => moveInList(-1),
  ArrowUp: () => moveInList(-1),
  a: nextRequest,
  A: () => pressInRequest("once"),
  D: () => pressInRequest("deny"),
  R: () => pressInRequest("reason"),
  m: () => focusFirst("#message"),
  "/": () => focusFirst("#message"),
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.matches("input, textarea, select, [contenteditable]") || target.closest("dialog, [role=menu]") !== null)
}

function inList(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target === document.body || target.matches("[data-session], [data-more]"))
}

/** The next one after the request that has the focus, and after the last the first again. */
function nextRequest() {
  // A thread draws only what is in view; it knows the others.
  if (!window.dispatchEvent(new Event(NEXT_REQUEST, { cancelable: true }))) return
  const cards = shownOf("[data-open=true]")
  if (cards.length === 0) return
  const focused = document.activeElement?.closest<HTMLElement>("[data-open=true]")
  const next = cards[(cards.indexOf(focused!) + 1) % cards.length]!
  next.scrollIntoView({ block: "start" })
  next.querySelector<HTMLElement>("button:not(:disabled)")?.focus({ preventScroll: true })
}

/** Only what a person has gone to: a key pressed by mistake allows nothing. */
function pressInRequest(answer: "once" | "deny" | "reason") {
  document.activeElement?.closest("[data-open=true]")?.querySelector<HTMLElement>(`[data-answer=${answer}]:not(:disabled)`)?.click()
}

function shownOf(selector: string): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(selector)].filter((one) => one.offsetParent !== null)
}

function focusFirst(selector: string) {
  const [found] = shownOf(selector)
  found?.focus()
  found?.scrollIntoView({ block: "nearest" })
}

function moveInList(by: 1 | -1) {
  const rows = shownOf("[data-session], [data-more]")
  const current = rows.indexOf(document.activeElement as HTMLElement)
  const active = current >= 0 ? current : rows.findIndex((row) => row.dataset.status === "active")
  const next = rows[Math.min(rows.length - 1, Math.max(0, active + by))]
  next?.focus()
}
