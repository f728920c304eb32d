// What `make bench` wants to know of the console: Rust starts the servers and writes the events (`tests/bench/console.rs`),
// this looks with a real browser, and prints one JSON document. Reference and console take turns.
import { gzipSync } from "node:zlib"
import { DESKTOP, launch, signIn } from "./stage/browser.mjs"
import { launchPlain } from "./stage/plain-browser.mjs"

const { API_TOKEN, GATEWAY_URL: GATEWAY, REFERENCE_URL: REFERENCE, SESSION, ROUNDS } = process.env

/** Events looked at in one round. */
const EVENTS = 100

/** Longest wait for anything. */
const PATIENCE_MS = 60_000

const browser = await launch()
const plain = await launchPlain()
try {
  const cookies = await signedIn()
  const loads = [await firstLoad("/"), await firstLoad(`/sessions/${SESSION}`)]
  const seen = { first_page: [], first_page_bare: [], events: [], events_bare: [], bundle_bytes: Math.max(...loads.map((load) => load.gzipped)) }
  for (let round = 0; round < Number(ROUNDS); round++) {
    seen.first_page_bare.push(await firstPage(`${REFERENCE}/page?bytes=${loads[0].plain}`, cookies))
    seen.first_page.push(await firstPage(`${GATEWAY}/`, cookies))
    seen.events_bare.push(await events(`${REFERENCE}/listen`))
    seen.events.push(await events(`${GATEWAY}/sessions/${SESSION}`))
  }
  process.stdout.write(JSON.stringify(seen))
} finally {
  await Promise.all([browser.close(), plain.close()])
}

/** A page of somebody who was here before, with nothing of it kept by the browser but the cookie. */
async function withPage(look) {
  const context = await browser.newContext(DESKTOP)
  try {
    await signIn(context, { url: GATEWAY, token: API_TOKEN }, "anna")
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    return await look(page)
  } finally {
    await context.close()
  }
}

/** What a browser has that is signed in. */
async function signedIn() {
  const context = await browser.newContext()
  try {
    await signIn(context, { url: GATEWAY, token: API_TOKEN }, "anna")
    return await context.cookies()
  } finally {
    await context.close()
  }
}

/** Everything that a page loads before it is quiet, without what the API tells: bytes as sent, and gzipped. */
function firstLoad(path) {
  return withPage(async (page) => {
    const bodies = []
    page.on("response", (response) => {
      if (!new URL(response.url()).pathname.startsWith("/api/")) bodies.push(response.body())
    })
    await page.goto(GATEWAY + path)
    await page.locator("[data-session]").first().waitFor()
    await page.evaluate(() => document.fonts.ready)
    const all = await Promise.all(bodies)
    const sum = (weigh) => all.reduce((sum, body) => sum + weigh(body), 0)
    return { plain: sum((body) => body.length), gzipped: sum((body) => gzipSync(body, { level: 9 }).length) }
  })
}

/** From the beginning of the navigation until the first session is in the page. */
function firstPage(url, cookies) {
  return plain.told(
    url,
    `new MutationObserver((_, observer) => {
      if (!document.querySelector("[data-session]")) return
      const shownAfter = performance.now()
      observer.disconnect()
      tell(shownAfter)
    }).observe(document, { childList: true, subtree: true })`,
    cookies,
  )
}

/** How old each event is when its text is in the page. What was there before the page was opened does not count. */
function events(url) {
  return withPage(async (page) => {
    await page.addInitScript(() => {
      window.ages = []
      const now = () => performance.timeOrigin + performance.now()
      let newest = now()
      const look = () => {
        const at = now()
        const stamps = [...document.body.textContent.matchAll(/t(\d{13}\.\d{3})/g)].map((found) => Number(found[1]))
        const fresh = stamps.filter((stamp) => stamp > newest)
        for (const stamp of fresh) window.ages.push(at - stamp)
        newest = Math.max(newest, ...fresh)
      }
      document.addEventListener("DOMContentLoaded", () => {
        // The page is open and takes events before the measurement begins.
        setTimeout(() => { newest = now(); new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true }) }, 1_000)
      })
    })
    await page.goto(url)
    await page.waitForFunction((wanted) => window.ages.length >= wanted, EVENTS)
    return page.evaluate((wanted) => window.ages.slice(0, wanted), EVENTS)
  })
}
