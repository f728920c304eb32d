// Says that what is shown may be old, and when the next attempt is made.
import { WifiOff } from "lucide-react"
import type { Link } from "../api/stream.ts"
import { Button } from "../kit/button.tsx"
import { useEffect, useState } from "react"
import { useNow } from "../lib/time.ts"

/** A reconnect that is over this fast is not worth a word; buttons are off all the same. */
const QUIET_MS = 400

export function ConnectionBar({ link, onRetry }: { link: Link; onRetry(): void }) {
  const down = useDown(link)
  const now = useNow(down)
  if (!down) return null
  const wait = link.state === "offline" ? Math.max(0, Math.ceil((link.retryAt - now) / 1000)) : 0
  return (
    <div role="status" data-offline className="flex items-center gap-3 bg-warn-wash px-4 py-2 text-[0.8125rem] text-warn sm:px-6">
      <WifiOff className="size-4 shrink-0" aria-hidden />
      <p className="min-w-0 flex-1">
        <span className="font-semibold">You're offline.</span> What you see may be out of date, and you can't answer anything until you reconnect. Messages you write are sent then.
        <span aria-hidden> {wait > 0 ? `Retrying in ${wait} s.` : "Connecting…"}</span>
      </p>
      <Button size="small" onClick={onRetry}>Retry now</Button>
    </div>
  )
}

/** True from the first doubt on until it is live again; the very first connecting is no doubt. */
function useDown(link: Link): boolean {
  const [down, setDown] = useState(false)
  useEffect(() => {
    if (link.state === "live" || link.state === "refused") setDown(false)
    if (link.state !== "offline") return
    const timer = setTimeout(() => setDown(true), navigator.onLine ? QUIET_MS : 0)
    return () => clearTimeout(timer)
  }, [link])
  // Live again: gone in the same frame in which the buttons come back.
  return down && link.state !== "live"
}
