// What each key does, and doing it.
import { NEXT_REQUEST } from "../lib/keyboard.ts"

/** Told in the dialog of shortcuts, in these groups. */
export const SHORTCUTS: [string, [keys: string[], does: string][]][] = [
  ["Anywhere", [
    [["Ctrl K", "⌘ K"], "Go to a session or page"],
    [["n"], "New session"],
    [["h"], "Inbox: all open requests"],
    [["s"], "Settings"],
    [["?"], "Keyboard shortcuts"],
  ]],
  ["Session list", [
    [["j", "↓"], "Next session"],
    [["k", "↑"], "Previous session"],
    [["Enter"], "Open it, or show the rest of a folded list"],
  ]],
  ["Requests", [
    [["a"], "Go to the next request"],
    [["Shift A"], "Allow the selected request once (press twice)"],
    [["Shift D"], "Deny the selected request"],
    [["Shift R"], "Deny it with a reason"],
  ]],
  ["Messages", [
    [["m", "/"], "Go to the message box"],
    [["Esc"], "Leave the message box"],
    [["Enter"], "Send"],
    [["Shift Enter"], "New line"],
  ]],
]

export interface Doer {
  help(): void
  palette(): void
  go(to: "/" | "/start" | "/settings"): void
  /** What a first press has prepared, for the person. */
  say(words: string): void
}

type Act = (doer: Doer) => void

const ACTS: Record<string, Act> = {
  "?": (doer) => doer.help(),
  n: (doer) => doer.go("/start"),
  h: (doer) => doer.go("/"),
  s: (doer) => doer.go("/settings"),
  j: () => moveInList(1),
  ArrowDown: () => moveInList(1),
  k: () => moveInList(-1),
  ArrowUp: () => moveInList(-1),
  a: nextRequest,
  m: () => focusFirst("#message"),
  "/": () => focusFirst("#message"),
}

/** By the key that is held and not by the letter: with caps lock `a` is an `A`, and nothing is allowed by it. */
const WITH_SHIFT: Record<string, Act> = {
  a: allowOnSecondPress,
  d: () => buttonOfRequest("deny")?.click(),
  r: () => buttonOfRequest("reason")?.click(),
}

export function pressed(event: KeyboardEvent, doer: Doer) {
  if (isPaletteKey(event)) {
    event.preventDefault()
    // A dialog wants its answer first.
    return document.querySelector("dialog[open]") ? undefined : doer.palette()
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
  const act = actOf(event)
  if (!act) return
  event.preventDefault()
  // Between the two presses there is no other.
  if (act !== allowOnSecondPress) first = undefined
  act(doer)
}

function actOf(event: KeyboardEvent): Act | undefined {
  const letter = /^[a-z]$/i.test(event.key)
  // A key that is held down answers nothing.
  if (letter && event.shiftKey) return event.repeat ? undefined : WITH_SHIFT[event.key.toLowerCase()]
  if (event.key.startsWith("Arrow") && !inList(event.target)) return undefined
  return ACTS[letter ? event.key.toLowerCase() : event.key]
}

function isPaletteKey(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k"
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

/** Only in what a person has gone to. */
function buttonOfRequest(answer: "once" | "deny" | "reason"): HTMLElement | null | undefined {
  return document.activeElement?.closest("[data-open=true]")?.querySelector<HTMLElement>(`[data-answer=${answer}]:not(:disabled)`)
}

/** A second press counts within this. */
export const SECOND_PRESS_MS = 4_000

let first: { button: HTMLElement; at: number } | undefined

/** One press allows nothing: the first goes to the button, the second presses it. */
function allowOnSecondPress(doer: Doer) {
  const button = buttonOfRequest("once")
  if (!button) return
  const isSecond = first?.button === button && document.activeElement === button && Date.now() - first.at < SECOND_PRESS_MS
  first = isSecond ? undefined : { button, at: Date.now() }
  if (isSecond) {
    doer.say("")
    return button.click()
  }
  button.focus()
  doer.say("Press Shift + A again to allow this request once")
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
  const active = rows.findIndex((row) => row.dataset.status === "active")
  // From nowhere the first key leads to the first row.
  const at = current >= 0 ? current + by : active >= 0 ? active + by : 0
  rows[Math.min(rows.length - 1, Math.max(0, at))]?.focus()
}
