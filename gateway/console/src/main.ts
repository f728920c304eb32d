// The beginning, kept small: it asks for the sessions, and while they are on their way loads what draws them; then React takes over.
import { cardsStore } from "./api/store.ts"
import { applyTheme } from "./lib/themed.ts"
import "./styles.css"

applyTheme()

/** Longest wait for the first picture; whoever has such a connection waits for React no longer than needed. */
const FIRST_PICTURE_MS = 1_000

const known = Promise.race([cardsStore.known(), new Promise((done) => setTimeout(done, FIRST_PICTURE_MS))])

/** The picture is on the screen, if anybody looks at one. */
function painted(): Promise<unknown> {
  if (document.hidden) return Promise.resolve()
  return new Promise((done) => requestAnimationFrame(() => setTimeout(done)))
}

/** A page that is not the first one is loaded beside React, not after it. */
function loadBeside(path: string) {
  if (path.startsWith("/sessions/")) void import("./thread/thread-page.tsx").catch(() => {})
}

async function main(root: Element) {
  const { drawFirst, isWide } = await import("./first-picture.tsx")
  await known
  if (drawFirst(cardsStore.get().value, location.pathname, isWide(), root)) await painted()
  loadBeside(location.pathname)
  const { begin } = await import("./app.tsx")
  await begin(root)
}

void main(document.getElementById("root")!)
