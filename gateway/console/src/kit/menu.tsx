// A menu behind a button. The browser's own popover is above everything, closes with Escape or a press elsewhere, and adds no style
// element, which the content security policy would refuse.
import { cloneElement, createContext, type KeyboardEvent, type MouseEvent, type ReactElement, type ReactNode, use, useId, useLayoutEffect, useRef, useState } from "react"
import type { ButtonProps } from "./button.tsx"
import { classes } from "./classes.ts"

const Close = createContext(() => {})

export function Menu({ trigger, children }: { trigger: ReactElement<ButtonProps>; children: ReactNode }) {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState<"first" | "last">()
  useLayoutEffect(() => {
    if (!open || !list.current || !button.current) return
    if (!list.current.matches(":popover-open")) list.current.showPopover()
    place(list.current, button.current)
    itemsOf(list.current).at(open === "first" ? 0 : -1)?.focus()
  }, [open])
  const close = () => list.current?.hidePopover()
  return (
    <>
      {cloneElement(trigger, {
        ref: button,
        "aria-haspopup": "menu",
        "aria-expanded": open !== undefined,
        "aria-controls": id,
        // Known as its button, a press on it does not count as one elsewhere.
        popoverTarget: id,
        onClick: (event: MouseEvent) => (event.preventDefault(), open ? close() : setOpen("first")),
        onKeyDown: (event: KeyboardEvent) => {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return
          event.preventDefault()
          setOpen(event.key === "ArrowDown" ? "first" : "last")
        },
      })}
      <div
        ref={list}
        id={id}
        role="menu"
        popover="auto"
        aria-label={trigger.props["aria-label"]}
        onToggle={(event) => event.newState === "closed" && setOpen(undefined)}
        onKeyDown={(event) => move(event, close)}
        className="fixed m-0 min-w-52 rounded-xl border border-line bg-raised p-1.5 text-ink shadow-xl"
      >
        {open && <Close value={close}>{children}</Close>}
      </div>
    </>
  )
}

/** Between the button and its menu, and between the menu and the edge of the screen. */
const GAP_PX = 6

/** Below its button and flush with the button's right side; above it where there is no room. */
function place(list: HTMLElement, button: HTMLElement) {
  const at = button.getBoundingClientRect()
  const { width, height } = list.getBoundingClientRect()
  const below = at.bottom + GAP_PX
  const top = below + height <= innerHeight - GAP_PX ? below : Math.max(GAP_PX, at.top - GAP_PX - height)
  list.style.top = `${top}px`
  list.style.left = `${Math.min(Math.max(GAP_PX, at.right - width), innerWidth - GAP_PX - width)}px`
}

function itemsOf(list: Element): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>("[role=menuitem]:not(:disabled)")]
}

/** The arrows go round; a letter goes to the next item that begins with it. */
function move(event: KeyboardEvent<HTMLElement>, close: () => void) {
  const items = itemsOf(event.currentTarget)
  const at = items.indexOf(document.activeElement as HTMLElement)
  const to = (next: number) => (event.preventDefault(), items.at(next % items.length)?.focus())
  if (event.key === "ArrowDown") to(at + 1)
  else if (event.key === "ArrowUp") to(at <= 0 ? -1 : at - 1)
  else if (event.key === "Home") to(0)
  else if (event.key === "End") to(-1)
  else if (event.key === "Tab") close()
  else if (/^\S$/.test(event.key) && !event.ctrlKey && !event.metaKey) [...items.slice(at + 1), ...items].find((item) => beginsWith(item, event.key))?.focus()
}

function beginsWith(item: HTMLElement, letter: string): boolean {
  return item.textContent.trim().toLowerCase().startsWith(letter.toLowerCase())
}

interface MenuItemProps {
  icon?: ReactNode
  onSelect?(): void
  disabled?: boolean
  danger?: boolean
  children: ReactNode
}

export function MenuItem({ icon, onSelect, disabled, danger, children }: MenuItemProps) {
  const close = use(Close)
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      disabled={disabled}
      // Closed first: what it opens takes the focus from the menu's button, and gives it back there.
      onClick={() => (close(), onSelect?.())}
      onPointerMove={(event) => event.currentTarget.focus({ preventScroll: true })}
      className={classes(
        "flex min-h-10 w-full items-center gap-2.5 rounded-lg px-2.5 text-left text-sm whitespace-nowrap outline-none select-none focus:bg-sunken disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0",
        danger && "text-bad",
      )}
    >
      {icon}
      {children}
    </button>
  )
}
