// The browser's own dialog: focus stays inside, Escape closes, what is behind is inert; and it adds no style
// element, which the content security policy would refuse.
import { X } from "lucide-react"
import { type ReactNode, useEffect, useId, useRef } from "react"
import { Button } from "./button.tsx"

interface DialogProps {
  open: boolean
  onClose(): void
  title: string
  children: ReactNode
  footer?: ReactNode
  /** For what is read rather than answered; on a phone it is a page. */
  wide?: boolean
}

const NARROW = "m-auto w-[min(32rem,calc(100vw-2rem))] rounded-2xl border max-sm:mb-4"
const WIDE = "m-auto w-[min(72rem,calc(100vw-3rem))] rounded-2xl border max-sm:m-0 max-sm:h-dvh max-sm:max-h-none max-sm:w-screen max-sm:max-w-none max-sm:rounded-none max-sm:border-0"

export function Dialog({ open, onClose, title, children, footer, wide }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    if (open && dialog.current) show(dialog.current)
    if (!open && dialog.current?.open) dialog.current.close()
  }, [open])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
      className={`border-line bg-raised p-0 text-ink shadow-2xl ${wide ? WIDE : NARROW}`}
    >
      {open && (
        <div className={wide ? "p-3 sm:p-5" : "p-5 sm:p-6"}>
          <div className="flex items-start justify-between gap-4">
            <h2 id={titleId} className="min-w-0 text-lg font-semibold break-words">{title}</h2>
            <Button look="quiet" size="icon" className="-mt-2 -mr-2" data-close onClick={onClose} aria-label="Close"><X /></Button>
          </div>
          <div className="mt-2">{children}</div>
          {footer && <div data-footer className="mt-6 flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">{footer}</div>}
        </div>
      )}
    </dialog>
  )
}

/** Where somebody begins: what is to be read if it says so, the first field, what the dialog is there for, or its text; not the button that closes it. */
const BEGIN = [
  "[data-begin]",
  ":is(input, textarea, select):not(:disabled, [type=hidden])",
  "[data-footer] .button-primary:not(:disabled)",
  "[data-footer] button:not(:disabled)",
  "button:not(:disabled, [data-close])",
  "[tabindex='0']",
]

function show(dialog: HTMLDialogElement) {
  if (!dialog.open) dialog.showModal()
  for (const selector of BEGIN) {
    const found = dialog.querySelector<HTMLElement>(selector)
    if (found) return found.focus()
  }
}
