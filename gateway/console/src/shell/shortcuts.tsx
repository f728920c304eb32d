// The keyboard. What opens with it is loaded then.
import { useNavigate } from "@tanstack/react-router"
import { lazy, Suspense, useCallback, useEffect, useLayoutEffect, useState } from "react"
import { pressed, SECOND_PRESS_MS } from "./keys.ts"

const ShortcutsDialog = lazy(() => import("./shortcuts-dialog.tsx").then(({ ShortcutsDialog }) => ({ default: ShortcutsDialog })))
const Palette = lazy(() => import("./palette.tsx").then(({ Palette }) => ({ default: Palette })))

const OPEN = "gateway:open"

export type Opened = "palette" | "shortcuts"

/** From a menu, where there are no keys. */
export function open(what: Opened) {
  window.dispatchEvent(new CustomEvent(OPEN, { detail: what }))
}

export function Shortcuts() {
  const [opened, setOpened] = useState<Opened>()
  const [said, say] = useState("")
  const navigate = useNavigate()
  const help = useCallback(() => setOpened("shortcuts"), [])
  // Before the first picture: whoever sees the page can press a key.
  useLayoutEffect(() => {
    const doer = { help, palette: () => setOpened("palette"), go: (to: string) => void navigate({ to }), say }
    const onKey = (event: KeyboardEvent) => pressed(event, doer)
    const onOpen = (event: Event) => setOpened((event as CustomEvent<Opened>).detail)
    window.addEventListener("keydown", onKey)
    window.addEventListener(OPEN, onOpen)
    return () => {
      window.removeEventListener("keydown", onKey)
      window.removeEventListener(OPEN, onOpen)
    }
  }, [navigate, help])
  useEffect(() => {
    const timer = said ? setTimeout(() => say(""), SECOND_PRESS_MS) : undefined
    return () => clearTimeout(timer)
  }, [said])
  // What was opened out of it stays.
  const close = (what: Opened) => () => setOpened((now) => (now === what ? undefined : now))
  return (
    <>
      <Suspense>
        {opened === "shortcuts" && <ShortcutsDialog onClose={close("shortcuts")} />}
        {opened === "palette" && <Palette onClose={close("palette")} onShortcuts={help} />}
      </Suspense>
      <p role="status" className="pointer-events-none fixed inset-x-4 bottom-24 z-50 mx-auto w-fit rounded-xl bg-ink px-4 py-2.5 text-sm text-page shadow-xl empty:hidden">{said}</p>
    </>
  )
}
