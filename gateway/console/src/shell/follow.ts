// What a press on a plain link to one of the console's pages does: it leads there without loading everything anew.
import { useRouter } from "@tanstack/react-router"
import { type MouseEvent, type SyntheticEvent, useRef } from "react"

export function useFollow() {
  const router = useRouter()
  const meant = ({ target }: SyntheticEvent) => (target as Element).closest?.<HTMLAnchorElement>("a[data-page]")?.getAttribute("href")
  const last = useRef<string>(undefined)
  /** Its page is loaded before it is pressed. */
  const near = (event: SyntheticEvent) => {
    const href = meant(event)
    if (!href || href === last.current) return
    last.current = href
    void router.preloadRoute({ to: href.split("?")[0] }).catch(() => {})
  }
  const onClick = (event: MouseEvent) => {
    const href = meant(event)
    // With another button or a key it is the browser's: a new tab, a new window, a download.
    if (!href || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    void router.navigate({ href })
  }
  return { onClick, onPointerOver: near, onFocus: near }
}
