// A list of which only the first are shown, until one asks for more.
import { useEffect, useRef, useState } from "react"

/** How many more are shown at once. */
const MORE = 100

export function useFolded(few: number) {
  const [shown, setShown] = useState(few)
  const list = useRef<HTMLUListElement>(null)
  const before = useRef<number>(undefined)
  // What was pressed may be gone: the focus goes on to the first that came.
  useEffect(() => {
    if (before.current !== undefined) list.current?.children[before.current]?.querySelector("a")?.focus({ preventScroll: true })
    before.current = undefined
  }, [shown])
  const more = () => {
    before.current = shown
    setShown(shown + MORE)
  }
  return { shown, more, list }
}
