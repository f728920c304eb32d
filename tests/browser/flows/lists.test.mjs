// The list of sessions: what is drawn before React is there, rows that are folded, the command palette, and dialogs.
import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"
import { call, drawnByReact, PHONE, signIn } from "../stage/browser.mjs"
import { faultsOf } from "../stage/look.mjs"
import { scene } from "../stage/scene.mjs"
import { until } from "../stage/wait.mjs"

const here = scene()

/** More than are shown before one asks for the rest. */
const SESSIONS = 14
const LONG = `Rename the table of orders and everything that reads it, ${"in every service and in every report, ".repeat(3)}and tell people`

/** A word that no folder of chance has in its name. */
const TWELFTH = "kumquat"

/** Made once, by the first test that looks. */
const ids = []
async function made() {
  if (ids.length > 0) return
  await until("an agent", async () => (await call(here.stack, "GET", "/bridge")).some((pod) => pod.connected), 60_000)
  for (let n = 0; n < SESSIONS; n++) {
    const title = n === 3 ? LONG : `Folded session ${n === 12 ? TWELFTH : n}`
    const { id } = await call(here.stack, "POST", "/sessions", { directory: here.stack.directory, title })
    ids.push(id)
  }
}

beforeEach(made)

const focused = (page) => page.evaluate(() => ({ more: document.activeElement?.matches("[data-more]"), session: document.activeElement?.dataset.session, label: document.activeElement?.getAttribute("aria-label") }))

for (const [name, options] of Object.entries({ desktop: {}, phone: PHONE })) {
  test(`the list is there, and leads on, before React is (${name})`, async () => {
    // Issue 12, point 11: console_first_page
    const context = await here.browser.newContext(options)
    const faults = []
    try {
      await signIn(context, here.front, "anna")
      const page = await context.newPage()
      page.on("console", (message) => message.type() === "error" && faults.push(message.text()))
      page.on("pageerror", (error) => faults.push(error.message))
      let letReactCome
      const held = new Promise((resolve) => (letReactCome = resolve))
      await page.route(/\/assets\/app-.*\.js$/, async (route) => (await held, route.continue()))
      await page.goto(here.front.url)
      const rows = page.locator("[data-first] [data-session]")
      await rows.first().waitFor()
      const [first, place] = [await rows.allTextContents(), await rows.first().boundingBox()]
      assert.ok(first.length >= 10, `${first.length} rows`)
      letReactCome()
      await drawnByReact(page)
      const then = page.locator("nav [data-session]")
      assert.deepEqual((await then.allTextContents()).slice(0, 5), first.slice(0, 5), "React draws the same")
      assert.deepEqual(await then.first().boundingBox(), place, "nothing jumps")
      // And without React the links work.
      await page.unroute(/app-/)
      await page.route(/\/assets\/app-.*\.js$/, (route) => route.abort())
      await page.goto(here.front.url)
      await rows.first().click()
      await page.waitForURL(/\/sessions\/ses_/)
      assert.deepEqual(faults.filter((fault) => !/Failed to (load|fetch)/.test(fault)), [])
    } finally {
      await context.close()
    }
  })
}

test("j and k reach what is folded, and Enter unfolds it", async () => {
  // B36
  const { page, faults } = await here.open({ path: "/" })
  await page.locator("[data-more]").first().waitFor()
  const shown = await page.locator("nav [data-session]").count()
  for (let press = 0; press < 60 && !(await focused(page)).more; press++) await page.keyboard.press("j")
  assert.ok((await focused(page)).more, "the keys reach it")
  await page.keyboard.press("Enter")
  await until("more rows", async () => (await page.locator("nav [data-session]").count()) > shown)
  assert.ok(ids.includes((await focused(page)).session), "the focus goes on to the first that came")
  await page.keyboard.press("k")
  assert.ok((await focused(page)).session)
  assert.deepEqual(faults, [])
})

test("the command palette finds a session by its title, keeps the focus, and closes with Escape", async () => {
  // B36
  const { page, faults } = await here.open({ path: "/settings" })
  await page.getByRole("heading", { name: "Settings" }).waitFor()
  await page.keyboard.press("Control+k")
  const box = page.getByRole("combobox", { name: "Search sessions and commands" })
  await box.waitFor()
  assert.deepEqual(await faultsOf(page), [], "axe")
  await page.keyboard.type(`folded ${TWELFTH}`)
  const options = page.getByRole("listbox").getByRole("option")
  await until("one session", async () => (await options.count()) === 1)
  assert.equal(await options.first().getAttribute("aria-selected"), "true")
  assert.equal(await box.getAttribute("aria-activedescendant"), await options.first().getAttribute("id"))
  await page.keyboard.press("Escape")
  await box.waitFor({ state: "detached" })
  await page.keyboard.press("Meta+k")
  await box.waitFor()
  await until("the newest and what one can do", async () => (await options.count()) > 6)
  await page.keyboard.press("ArrowUp")
  assert.equal(await page.getByRole("option", { selected: true }).textContent(), "API reference", "the arrows go round")
  await page.keyboard.type("nothing like it at all")
  await page.getByText("Nothing matches “nothing like it at all”.").waitFor()
  await box.fill("shortcuts")
  await page.keyboard.press("Enter")
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).getByText("Go to the next request").waitFor()
  assert.deepEqual(await faultsOf(page), [], "axe, shortcuts")
  await page.keyboard.press("Escape")
  await page.keyboard.press("Control+k")
  await page.keyboard.type(`folded ${TWELFTH}`)
  await page.keyboard.press("Enter")
  await page.waitForURL(new RegExp(ids[12]))
  assert.deepEqual(faults, [])
})

test("a menu is walked through with the keys, and a dialog begins where one types", async () => {
  // S4: dialogs focused the X
  const { page, faults } = await here.open({ path: `/sessions/${ids[0]}` })
  const button = page.getByRole("button", { name: "More for this session" })
  await button.focus()
  await page.keyboard.press("ArrowDown")
  const items = page.getByRole("menu", { name: "More for this session" }).getByRole("menuitem")
  await items.first().waitFor()
  assert.deepEqual(await faultsOf(page), [], "axe")
  await page.keyboard.press("End")
  assert.match(await page.evaluate(() => document.activeElement.textContent), /^Close the session/)
  await page.keyboard.press("Escape")
  await until("the menu gone", async () => (await items.count()) === 0)
  assert.equal((await focused(page)).label, "More for this session", "and the focus back")
  await button.click()
  await page.getByRole("menuitem", { name: "Rename…" }).click()
  await page.getByRole("dialog").waitFor()
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "INPUT")
  await page.keyboard.press("Escape")
  await button.click()
  await page.getByRole("menuitem", { name: /^Close the session/ }).click()
  await page.getByRole("dialog", { name: "Close this session?" }).waitFor()
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Close the session")
  await page.keyboard.press("Escape")
  assert.deepEqual(faults, [])
})

test("the search is emptied with one press, and Escape leaves it", async () => {
  // S4: Chromium's blue x
  const { page } = await here.open({ path: "/" })
  const search = page.getByLabel("Search sessions")
  await search.fill("no such thing")
  await page.getByText("No sessions match “no such thing”.").waitFor()
  await page.getByRole("button", { name: "Clear search" }).click()
  assert.equal(await search.inputValue(), "")
  await page.locator("nav [data-session]").first().waitFor()
  assert.equal((await focused(page)).label, "Search sessions")
  await page.keyboard.press("Escape")
  assert.equal(await page.evaluate(() => document.activeElement === document.body), true)
})

for (const [name, options] of Object.entries({ "1920 px": { viewport: { width: 1920, height: 1080 } }, phone: PHONE })) {
  test(`a long title is cut and not wider than its place (${name})`, async () => {
    const { page } = await here.open({ ...options, path: "/" })
    await page.locator("[data-more]").first().waitFor()
    await page.locator("[data-more]").first().click()
    const row = page.locator(`nav [data-session=${ids[3]}]`)
    await row.scrollIntoViewIfNeeded()
    assert.match(await row.getAttribute("title"), /and tell people/)
    const { width } = page.viewportSize()
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width)
    const list = await page.locator("nav").first().boundingBox()
    const box = await row.boundingBox()
    assert.ok(box.x + box.width <= list.x + list.width)
  })
}
