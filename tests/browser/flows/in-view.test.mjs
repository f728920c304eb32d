// What is asked is in view together with its buttons, on every screen, and shown as it is: long differences, long answers, hidden
// characters.
import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { call, DESKTOP, makeSession, PHONE, script } from "../stage/browser.mjs"
import { scene } from "../stage/scene.mjs"
import { until } from "../stage/wait.mjs"

const here = scene()

const LANDSCAPE = { ...PHONE, viewport: { width: 844, height: 390 } }
/** 1280 x 800 at twice its size. */
const ZOOMED = { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }
const SCREENS = { desktop: DESKTOP, phone: PHONE, landscape: LANDSCAPE, zoomed: ZOOMED }

const lines = (count, word) => Array.from({ length: count }, (_, n) => `${word} line ${n}\n`).join("")
const rewrites = (file, count) => script({ text: "I rewrite it. ".repeat(30), tools: [{ name: "read", args: { filePath: file } }] }, { tools: [{ name: "write", args: { filePath: file, content: lines(count, "new") } }] }, { text: "Rewritten." })
const runs = (command) => script({ text: "First some words. ".repeat(60), tools: [{ name: "bash", args: { command, description: "Run" } }] }, { text: "Over." })

const asked = (session) => until("an ask", async () => (await call(here.stack, "GET", "/asks")).find((ask) => ask.session === session), 60_000)

/** Where things are, from the top of the thread's box; and how much of it there is to scroll through. */
const measured = (page) =>
  page.evaluate(() => {
    const thread = document.querySelector("[data-thread]")
    const box = thread.getBoundingClientRect()
    const place = (selector) => {
      const found = thread.querySelector(selector)?.getBoundingClientRect()
      return found && { top: Math.round(found.top - box.top), bottom: Math.round(found.bottom - box.top) }
    }
    return {
      height: Math.round(box.height),
      long: thread.scrollHeight,
      heading: place("[data-open=true] h3"),
      what: place("[data-open=true] [data-what]"),
      allow: place("[data-open=true] [data-answer=once]"),
      deny: place("[data-open=true] [data-answer=deny]"),
    }
  })

const isIn = (place, { height }) => place !== undefined && place.top >= 0 && place.bottom <= height

async function opened(id, screen) {
  const { page, faults } = await here.open({ ...screen, path: `/sessions/${id}` })
  await page.getByRole("button", { name: "Allow once" }).waitFor({ timeout: 60_000 })
  // Drawn and measured: the place does not change any more.
  let last
  await until("a page at rest", async () => {
    const now = JSON.stringify(await measured(page))
    const rests = now === last
    last = now
    return rests
  })
  return { page, faults }
}

for (const count of [200, 2000]) {
  test(`a request that changes ${count} lines is in view with its difference and its buttons`, async () => {
    // REQ-ASK-01, B1, B11
    const file = `long-${count}.txt`
    await writeFile(join(here.stack.directory, file), lines(count, "old"))
    const id = await makeSession(here.stack, `Rewrites ${count} lines`, rewrites(file, count))
    const ask = await asked(id)
    assert.ok(ask.metadata.diff.split("\n").length > count, "the difference is as long as meant")
    for (const [name, screen] of Object.entries(SCREENS)) {
      const { page, faults } = await opened(id, screen)
      const place = await measured(page)
      const told = `${name}: ${JSON.stringify(place)}`
      assert.ok(place.long < 4_000, `the page is no longer than its cards, ${told}`)
      for (const part of ["heading", "what", "allow", "deny"]) assert.ok(isIn(place[part], place), `${part} is in view, ${told}`)
      assert.ok(await page.locator("[data-open=true]").getByText("old line 0").isVisible())
      assert.deepEqual(faults, [])
    }
  })
}

test("what a long command does stays in view above its buttons, wherever one scrolls to", async () => {
  // REQ-ASK-01, B11
  const command = `echo begin && ${"echo one-more-step && ".repeat(60)}echo end`
  const id = await makeSession(here.stack, "Long command", runs(command))
  await asked(id)
  for (const [name, screen] of Object.entries(SCREENS)) {
    const { page } = await opened(id, screen)
    const first = await measured(page)
    assert.ok(first.heading.top >= 0 && first.what.top >= 0 && first.what.top < first.height, `${name} opens at the top of the card: ${JSON.stringify(first)}`)
    await page.locator("[data-thread]").evaluate((thread) => (thread.scrollTop = thread.scrollHeight))
    const place = await until("the end", async () => {
      const now = await measured(page)
      return now.deny.bottom <= now.height ? now : undefined
    })
    if (isIn(place.allow, place)) assert.ok(isIn(place.what, place), `${name}: nobody allows what is out of view, ${JSON.stringify(place)}`)
    assert.ok(place.what.bottom <= place.allow.top, `${name}: it covers no button, ${JSON.stringify(place)}`)
  }
})

test("an answer of 10,000 words is there from its beginning to its end", async () => {
  // REQ-THREAD-02
  const words = Array.from({ length: 10_000 }, (_, n) => `word${n}${n % 100 === 99 ? "\n\n" : ""}`).join(" ")
  const id = await makeSession(here.stack, "Ten thousand", script({ text: words }))
  const { page, faults } = await here.open({ path: `/sessions/${id}` })
  await page.getByText("word9999").last().waitFor({ timeout: 60_000 })
  await page.getByText("word0 word1 word2").last().waitFor({ state: "attached" })
  await page.locator("[data-thread]").focus()
  await page.keyboard.press("Home")
  await until("its beginning in view", () => page.locator("[data-thread]").evaluate((thread) => thread.scrollTop < 5))
  await page.getByRole("button", { name: "Jump to latest" }).click()
  await until("its end in view", async () => (await page.getByText("word9999").last().boundingBox())?.y < 700)
  assert.deepEqual(faults, [])
})

test("hidden characters are shown wherever an agent's words are", async () => {
  // REQ-THREAD-07, B10
  const turned = "user\u202Egpj.exe"
  const command = "rm -rf \u202E / # safe\u200B"
  const id = await makeSession(here.stack, `Title ${turned}`, script({ text: `See ${turned} and \`${turned}\`:\n\n\`\`\`sh\n${command}\n\`\`\`\n`, tools: [{ name: "bash", args: { command, description: "Run" } }] }))
  await asked(id)
  const { page } = await opened(id, DESKTOP)
  await page.locator("[data-open=true] [data-what]").getByText("rm -rf ⟨U+202E⟩ / # safe⟨U+200B⟩").waitFor()
  await page.getByRole("heading", { level: 1, name: "Title user⟨U+202E⟩gpj.exe" }).waitFor()
  await page.locator(".prose").getByText("See user⟨U+202E⟩gpj.exe").last().waitFor()
  const hidden = /[\u202a-\u202e\u2066-\u2069\u200b]/
  assert.doesNotMatch(await page.title(), hidden)
  assert.doesNotMatch(await page.locator("main").innerText(), hidden)
})

test("what was open before is not announced when a page is opened; what is new is", async () => {
  // REQ-CONSOLE-01, B18
  const old = await makeSession(here.stack, "Open before", "scenario: bash")
  await asked(old)
  const { page } = await here.open({ path: "/settings" })
  await until("the count in the title", async () => /^\(\d+\)/.test(await page.title()))
  assert.equal(await page.locator("[data-announcer]").textContent(), "")
  const id = await makeSession(here.stack, "Asked since", "scenario: bash")
  await asked(id)
  await page.locator("[data-announcer]", { hasText: "Asked since needs your input" }).waitFor({ state: "attached" })
})
