// What Enter does: it sends where there is a real keyboard, and begins a new line on a phone, which has no Shift+Enter.
import type { KeyboardEvent } from "react"

/** The key `a` asks for the next request; only a thread can bring one into view that is not drawn. */
export const NEXT_REQUEST = "gateway:next-request"

export function hasTouchKeyboard(): boolean {
  return typeof matchMedia !== "undefined" && matchMedia("(hover: none) and (pointer: coarse)").matches
}

export function enterSends(event: KeyboardEvent): boolean {
  if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return false
  return event.ctrlKey || event.metaKey || !hasTouchKeyboard()
}
