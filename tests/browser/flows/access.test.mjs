// For everybody: axe on every page, the keyboard alone, thousands of items, the first page's weight and speed.
import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { known, makeSession, PHONE, DESKTOP } from "../stage/browser.mjs"
import { faultsOf } from "../stage/look.mjs"
import { scene } from "../stage/scene.mjs"

const here = scene()

for (const [name, options] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  for (const theme of ["light", "dark"]) {
    test(`axe finds nothing: ${name}, ${theme}`, async () => {
      const asking = await makeSession(here.stack, "Wants to run", "scenario: bash")
      const question = await makeSession(here.stack, "Has a question", "scenario: question")
      const { page, faults } = await here.open({ ...options, theme, path: `/sessions/${asking}` })
      await page.getByRole("button", { name: "Allow once" }).waitFor()
      assert.deepEqual(await faultsOf(page), [], "a permission")
      for (const [path, sign] of [
        [`/sessions/${question}`, page.getByRole("button", { name: /^Postgres/ })],
        ["/", page.getByRole("heading", { name: "Needs input" }).first()],
        ["/start", page.getByLabel("What should the agent do?")],
        ["/settings", page.getByRole("heading", { name: "Settings" })],
        ["/audit", page.getByRole("heading", { name: "Audit log" })],
        ["/grants", page.getByRole("heading", { name: "Grants", exact: true })],
        ["/deliveries", page.getByText("No deliveries yet")],
        ["/deliveries/HB-20261128-k3f9", page.getByText("Delivery not found")],
        ["/sessions/ses_00000000000000000000000000", page.getByText("Session not found")],
      ]) {
        await page.goto(here.front.url + path)
        await sign.waitFor()
        await page.waitForTimeout(300)
        assert.deepEqual(await faultsOf(page), [], path)
      }
      assert.deepEqual(faults, [])
    })
  }
}

test("the keyboard alone: find, open, allow, write", async () => {
  // REQ-CONSOLE-01
  const id = await makeSession(here.stack, "By keyboard", "scenario: bash")
  const { page } = await here.open({ path: "/" })
  await page.locator(`nav [data-session=${id}]`).waitFor()
  await page.keyboard.press("?")
  await page.getByRole("dialog").getByText("Next session").waitFor()
  await page.keyboard.press("Escape")
  for (let press = 0; press < 50; press++) {
    await page.keyboard.press("j")
    if ((await page.evaluate(() => document.activeElement?.dataset.session)) === id) break
  }
  await page.keyboard.press("Enter")
  await page.waitForURL(new RegExp(id))
  await page.locator("[data-thread]").getByRole("button", { name: "Allow once" }).waitFor()
  await page.keyboard.press("a")
  await page.keyboard.press("Enter")
  await page.getByText("Allowed once By anna").first().waitFor()
  await page.keyboard.press("m")
  await page.keyboard.type("Thanks")
  assert.equal(await page.getByLabel("Message to the agent").inputValue(), "Thanks")
})

test("a new ask is read out, wherever one is in the console", async () => {
  const { page } = await here.open({ path: "/settings" })
  await page.getByRole("heading", { name: "Settings" }).waitFor()
  await page.waitForTimeout(500)
  await makeSession(here.stack, "Calls out", "scenario: bash")
  await page.locator("[aria-live=polite]", { hasText: "Calls out needs your input: Run echo ran" }).waitFor({ state: "attached" })
  assert.match(await page.title(), /^\(\d+\) /)
})

test("5,000 items scroll without jank", async () => {
  const { page, faults } = await here.open({ path: "/settings" })
  await page.route("**/thread/events", (route) => route.fulfill({ contentType: "text/event-stream", body: manyItems(5000) }))
  await page.goto(`${here.front.url}/sessions/ses_manyitems0000`)
  await page.getByText("The end of item 4998").waitFor()
  const frames = await page.evaluate(async () => {
    const thread = document.querySelector("[data-thread]")
    const times = []
    let last = performance.now()
    for (let step = 0; step < 240; step++) {
      thread.scrollTop -= 300
      await new Promise((resolve) => requestAnimationFrame(resolve))
      const now = performance.now()
      times.push(now - last)
      last = now
    }
    times.sort((a, b) => a - b)
    return { p95: times[Math.floor(times.length * 0.95)], drawn: document.querySelectorAll("[data-thread] [data-index]").length }
  })
  console.log(`# console_scroll_p95 ${Math.round(frames.p95)} ms a frame, ${frames.drawn} of 5000 items drawn`)
  assert.ok(frames.drawn < 100, `${frames.drawn} items are drawn`)
  assert.ok(frames.p95 < 100, `a frame takes ${frames.p95} ms`)
  assert.deepEqual(faults, [])
})

test("what the gateway tells is in the page soon", async () => {
  // REQ-THREAD-02
  const id = await makeSession(here.stack, "Measured", "scenario: slow")
  const told = new Map()
  const listening = listen(`${here.stack.url}/api/v1/sessions/${id}/thread/events`, (text) => {
    for (const [word] of text.matchAll(/w\d+0\b/g)) if (!told.has(word)) told.set(word, Date.now())
    return told.has("w990")
  })
  const { page } = await here.open({ path: "/settings" })
  await page.addInitScript(() => {
    globalThis.seen = {}
    new MutationObserver(() => {
      const text = [...document.querySelectorAll(".prose")].map((one) => one.textContent).join(" ")
      for (const [word] of text.matchAll(/w\d+0\b/g)) globalThis.seen[word] ??= Date.now()
    }).observe(document, { subtree: true, childList: true, characterData: true })
  })
  await page.goto(`${here.front.url}/sessions/${id}`)
  await page.getByText("w998 w999").waitFor({ timeout: 60_000 })
  await listening
  const seen = await page.evaluate(() => globalThis.seen)
  // What the page found in its first snapshot was told before the page was there.
  const opened = Math.min(...Object.values(seen))
  const late = [...told].filter(([word]) => seen[word] > opened + 200).map(([word, at]) => seen[word] - at).sort((a, b) => a - b)
  const p95 = late[Math.floor(late.length * 0.95)]
  console.log(`# console_event_p95 ${p95} ms over ${late.length} events`)
  assert.ok(late.length > 20 && p95 < 250, `${p95} ms over ${late.length}`)
})

async function listen(url, hear) {
  const response = await fetch(url, { headers: known(here.stack, "anna") })
  let text = ""
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text = text.slice(-16) + chunk
    if (hear(text)) return
  }
}

test("what is loaded first is small", () => {
  const dist = fileURLToPath(new URL("../../../gateway/console/dist/", import.meta.url))
  const page = readFileSync(`${dist}index.html`, "utf8")
  const [app] = readdirSync(`${dist}assets`).filter((file) => /^app-.*\.js$/.test(file))
  const beside = [...readFileSync(`${dist}assets/${app}`, "utf8").matchAll(/from"\.\/([^"]+\.js)"/g)].map(([, file]) => `assets/${file}`)
  const loaded = [...new Set([...[...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, file]) => file), `assets/${app}`, ...beside])]
  const thread = readdirSync(`${dist}assets`).filter((file) => /^thread-page-.*\.js$|\.woff2$/.test(file)).map((file) => `assets/${file}`)
  const size = (files) => files.reduce((sum, file) => sum + gzipSync(readFileSync(dist + file)).length, 0) / 1024
  const bundle = size([...loaded, ...thread])
  console.log(`# console_bundle ${Math.round(size(loaded))} KiB for the list, ${Math.round(bundle)} KiB with a thread and the font`)
  assert.ok(bundle < 350, `${bundle} KiB`)
})

test("the first page is there within a second", async () => {
  const times = []
  for (let n = 0; n < 5; n++) {
    const { page, context } = await here.open({ path: "/" })
    await page.getByRole("link", { name: "New session" }).first().waitFor()
    times.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? performance.now()))
    await context.close()
  }
  times.sort((a, b) => a - b)
  console.log(`# console_first_page ${Math.round(times[2])} ms`)
  assert.ok(times[2] < 1000, `${times}`)
})

function manyItems(count) {
  const card = { session: "ses_manyitems0000", pod: "pod", sort: "work", title: "Many", directory: "/x", doing: "idle", online: true, queued: 0, open_asks: [] }
  const items = Array.from({ length: count }, (_, n) => item(n))
  return `event: thread\ndata: ${JSON.stringify({ rev: 1, card, items })}\n\n`
}

function item(n) {
  const order = String(n).padStart(8, "0")
  const base = { key: `k${n}`, order, at: "2026-01-01T10:00:00Z" }
  if (n % 3 === 1) return { ...base, kind: "tools", lines: [{ state: "done", text: `📖 Read file: src/file-${n}.rs`, details: [{ tool: "read", subject: "x", output: "y" }] }] }
  const text = `Item **${n}** with \`code\` and a list:\n\n- one\n- two\n\n\`\`\`rust\nfn f${n}() {}\n\`\`\`\n\nThe end of item ${n}`
  return { ...base, kind: "said", by: { who: "agent" }, text, complete: true }
}
