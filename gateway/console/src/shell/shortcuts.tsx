// The keyboard: what each key does, and doing it.
import { useNavigate } from "@tanstack/react-router"
import { useEffect, useState } from "react"
import { Dialog } from "../kit/dialog.tsx"

const KEYS: [string, string][] = [
  ["j or ↓", "next session in the list"],
  ["k or ↑", "session before"],
  ["Enter", "open it"],
  ["n", "start a session"],
  ["m or /", "write to the agent"],
  ["a", "to the next thing that waits for you"],
  ["h", "what waits, over all sessions"],
  ["s", "settings"],
  ["?", "this list"],
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
    <Dialog open={shown} onClose={() => setShown(false)} title="Keyboard">
      <dl className="mt-3 space-y-2.5">
        {KEYS.map(([key, does]) => (
          <div key={key} className="flex items-center gap-4 text-sm">
            <dt className="w-20 shrink-0"><kbd className="rounded-md border border-line bg-sunken px-2 py-0.5 font-mono text-xs">{key}</kbd></dt>
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
  a: () => focusFirst("[data-open=true] button:not(:disabled)"),
  m: () => focusFirst("#message"),
  "/": () => focusFirst("#message"),
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.matches("input, textarea, select, [contenteditable]") || target.closest("dialog, [role=menu]") !== null)
}

function inList(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target === document.body || target.matches("[data-session]"))
}

function focusFirst(selector: string) {
  const found = [...document.querySelectorAll<HTMLElement>(selector)].find((one) => one.offsetParent !== null)
  found?.focus()
  found?.scrollIntoView({ block: "nearest" })
}

function moveInList(by: 1 | -1) {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-session]")].filter((row) => row.offsetParent !== null)
  const current = rows.indexOf(document.activeElement as HTMLElement)
  const active = current >= 0 ? current : rows.findIndex((row) => row.dataset.status === "active")
  const next = rows[Math.min(rows.length - 1, Math.max(0, active + by))]
  next?.focus()
}
