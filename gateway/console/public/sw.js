// Shows nothing and keeps nothing: it is there so that notifications outlive a page that sleeps, and so that a tap on
// one opens its thread.
self.addEventListener("install", () => self.skipWaiting())
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()))

self.addEventListener("notificationclick", (event) => {
  event.notification.close()
  const url = new URL(event.notification.data?.path ?? "/", self.location.origin)
  event.waitUntil(url.origin === self.location.origin ? open(url) : undefined)
})

/** The page that is open already, rather than another one. */
async function open(url) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true })
  const page = pages.find((one) => new URL(one.url).pathname === url.pathname) ?? pages[0]
  if (!page) return self.clients.openWindow(url.href)
  const shown = await page.focus().catch(() => page)
  shown.postMessage({ open: url.pathname })
}
