// Pages that nobody looks at give their connections back: a browser opens only six to one server.

/** A short look elsewhere is no reason to begin anew. */
const HIDDEN_MS = 20_000

export interface Attention {
  /** Somebody looks, or has looked just now. */
  onLook(): void
  /** Nobody has looked for a while. */
  onAway(): void
}

export function followAttention(attention: Attention): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const changed = () => {
    clearTimeout(timer)
    if (document.hidden) timer = setTimeout(attention.onAway, HIDDEN_MS)
    else attention.onLook()
  }
  document.addEventListener("visibilitychange", changed)
  changed()
  return () => {
    clearTimeout(timer)
    document.removeEventListener("visibilitychange", changed)
  }
}

/** Calls when this page is the one of all open ones that keeps watch in the background. It stays that until it closes. */
export function whenWatchman(appointed: () => void) {
  if (typeof navigator === "undefined" || !navigator.locks) return appointed()
  void navigator.locks.request("gateway.watchman", () => {
    appointed()
    return new Promise(() => {})
  }).catch(() => {})
}
