// Tells the gateway that a person is here, and on which session: a tab that is merely open says nothing.

import { watch } from "/__gw/form.js"

// What a person does in between changes nothing for the gateway.
const QUIET_MS = 15_000
const LOOK_MS = 1_000

let toldAt = -Infinity
let toldSession

function session() {
  return /\/session\/(ses_[A-Za-z0-9_-]+)/.exec(location.pathname)?.[1] ?? null
}

function here() {
  if (document.visibilityState !== "visible") return
  const on = session()
  if (on === toldSession && performance.now() - toldAt < QUIET_MS) return
  toldAt = performance.now()
  toldSession = on
  const headers = { "content-type": "application/json" }
  // A beat that is lost is followed by the next one.
  fetch("/__gw/presence", { method: "POST", headers, body: JSON.stringify({ session: on }), keepalive: true }).catch(() => {
    toldAt = -Infinity
  })
}

for (const sign of ["pointerdown", "pointermove", "wheel", "touchstart", "keydown"]) {
  addEventListener(sign, (event) => event.isTrusted && here(), { capture: true, passive: true })
}
document.addEventListener("visibilitychange", here)

// Another session in the same tab: the page changes its address without loading.
setInterval(() => session() !== toldSession && here(), LOOK_MS)

here()
watch()
