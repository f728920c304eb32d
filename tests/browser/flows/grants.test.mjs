// A call that is allowed for longer than once: given on its card, listed, used, revoked. The gate is on.
import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { call, makeSession, PHONE, script } from "../stage/browser.mjs"
import { assertAccessible, keepPicture } from "../stage/look.mjs"
import { scene } from "../stage/scene.mjs"
import { until } from "../stage/wait.mjs"

const folder = await mkdtemp(join(tmpdir(), "grants-"))
await writeFile(join(folder, "gateway.yaml"), JSON.stringify({ gate: { mode: "on", unguarded: "allow" } }))
after(() => rm(folder, { recursive: true, force: true }))

const here = scene({ GATEWAY_CONFIG: join(folder, "gateway.yaml") })

const touches = (name) => `Again\n${script({ tools: [{ name: "bash", args: { command: `touch ${name}`, description: "Touch" } }] }, { text: `Touched ${name}.` })}`
const at = (name) => join(here.stack.directory, name)
const asksOf = async (session) => (await call(here.stack, "GET", "/asks")).filter((ask) => ask.session === session)
const askOf = (session) => until("the ask", async () => (await asksOf(session))[0], 60_000)
const grants = async () => (await call(here.stack, "GET", "/grants")).grants
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)

async function ranOnceMore(session, name) {
  await rm(at(name), { force: true })
  const before = JSON.stringify(await call(here.stack, "GET", `/sessions/${session}/thread`)).split(`Touched ${name}.`).length
  await call(here.stack, "POST", `/sessions/${session}/messages`, { text: touches(name) })
  await until("the end of the turn", async () => JSON.stringify(await call(here.stack, "GET", `/sessions/${session}/thread`)).split(`Touched ${name}.`).length > before + 1, 60_000)
}

test("a grant is given on a card, listed, used without an ask, revoked, and then the same is asked again", async () => {
  // REQ-GATE-08
  const id = await makeSession(here.stack, "Touches a file", touches("granted.txt"))
  const { page, faults } = await here.open({ path: `/sessions/${id}` })
  const card = page.locator("[data-thread] [data-open=true]")
  const more = card.getByRole("button", { name: "Don't ask again" })
  await more.waitFor({ timeout: 60_000 })
  // With the keyboard alone, and no key allows anything by itself.
  await more.focus()
  await page.keyboard.press("Enter")
  await page.getByRole("menuitem", { name: "Allow in this session…" }).waitFor()
  await keepPicture(page, "grant-menu-desktop")
  await page.keyboard.press("Enter")
  const form = card.getByRole("group", { name: "Allow in this session" })
  await form.getByText("touch granted.txt", { exact: true }).waitFor()
  await keepPicture(page, "grant-form-desktop")
  await assertAccessible(page)
  assert.equal(existsSync(at("granted.txt")), false, "nothing ran yet")
  await page.keyboard.press("Escape")
  await more.click()
  await page.getByRole("menuitem", { name: "Allow in this session…" }).click()
  await form.getByRole("button", { name: "Allow in this session" }).click()
  await page.getByText("Touched granted.txt.").first().waitFor({ timeout: 60_000 })
  assert.equal(existsSync(at("granted.txt")), true, "the call itself ran")

  await ranOnceMore(id, "granted.txt")
  assert.equal(existsSync(at("granted.txt")), true)
  assert.deepEqual(await asksOf(id), [], "nobody was asked")

  await page.setViewportSize({ width: 1400, height: 900 })
  await page.getByLabel("About this session").getByRole("link", { name: "Grants" }).click()
  const [grant] = await grants()
  const row = page.locator(`[data-grant=${grant.id}]`)
  await row.getByText("touch granted.txt", { exact: true }).waitFor()
  await row.getByText("anna, ").waitFor()
  await row.getByText(/^Once, /).waitFor()
  await keepPicture(page, "grants-desktop")
  await assertAccessible(page)
  await row.getByRole("button", { name: "Revoke" }).click()
  const dialog = page.getByRole("dialog", { name: "Revoke this grant?" })
  await keepPicture(page, "grants-revoke-desktop")
  await dialog.getByRole("button", { name: "Revoke" }).click()
  await page.getByRole("status").getByText("Revoked. Agents will ask again for touch granted.txt").waitFor()
  assert.equal(await row.count(), 0, "at once")
  await page.getByRole("button", { name: /^Ended/ }).click()
  await row.getByText("Revoked", { exact: true }).waitFor()
  assert.equal((await grants())[0].state, "revoked")

  await rm(at("granted.txt"))
  await call(here.stack, "POST", `/sessions/${id}/messages`, { text: touches("granted.txt") })
  const again = await askOf(id)
  assert.equal(existsSync(at("granted.txt")), false, "it waits for a person")
  await call(here.stack, "POST", `/asks/${again.id}/answer`, { answer: "deny", digest: again.digest })
  assert.deepEqual(faults, [])
})

test("from a phone: the same for an hour, and what it covers is read before", async () => {
  // REQ-GATE-08, REQ-CONSOLE-01
  const id = await makeSession(here.stack, "Touches another", touches("for-an-hour.txt"))
  const { page, faults } = await here.open({ ...PHONE, path: `/sessions/${id}` })
  await page.getByRole("button", { name: "Don't ask again" }).tap({ timeout: 60_000 })
  const items = page.getByRole("menuitem")
  assert.deepEqual(await items.allTextContents(), ["Allow in this session…", "Allow for one hour…"], "no project, so not always")
  for (const item of await items.all()) assert.ok((await item.boundingBox()).height >= 40, "large enough for a thumb")
  await keepPicture(page, "grant-menu-phone")
  await page.getByRole("menuitem", { name: "Allow for one hour…" }).tap()
  await page.locator("[data-grant=hour]").getByText("touch for-an-hour.txt", { exact: true }).waitFor()
  await keepPicture(page, "grant-form-phone")
  assert.ok(await fits(page))
  await assertAccessible(page)
  await page.getByRole("button", { name: "Allow for one hour" }).tap()
  await page.getByText("Touched for-an-hour.txt.").first().waitFor({ timeout: 60_000 })
  await page.goto(`${here.front.url}/grants`)
  await page.getByText(/\(\d\d:\d\d left\)$/).waitFor()
  await keepPicture(page, "grants-phone")
  assert.ok(await fits(page))
  assert.deepEqual(faults, [])
})

/** As the API serves it. */
function served(n, change = {}) {
  return {
    id: `grt_${n}`, tool: "bash", pattern: `npm run step-${n}`, exact: n % 3 > 0, for: "session", session: "ses_x", title: `Session ${n}`, given_by: { id: "web:anna", name: "anna" },
    given_at: "2026-11-01T10:00:00Z", uses: n, last_used: "2026-11-01T11:00:00Z", ask: "per_1", state: n < 300 ? "in_force" : "over", sentence: "", ...change,
  }
}

for (const [name, options] of Object.entries({ desktop: {}, phone: { ...PHONE, theme: "dark" } })) {
  test(`five hundred grants, long and hostile ones, an empty page: ${name}`, async () => {
    // REQ-GATE-08, REQ-GATE-06
    const hostile = [served(0, { pattern: `echo ${"x".repeat(1500)}` }), served(1, { pattern: "rm -rf \u202E / # safe\u200B", title: "a\u200Bb" })]
    const { page, faults } = await here.open({ ...options, path: "/settings" })
    let all = [...hostile, ...Array.from({ length: 498 }, (_, n) => served(n + 2))]
    await page.route("**/api/v1/grants", (route) => route.fulfill({ json: { grants: all } }))
    await page.goto(`${here.front.url}/grants`)
    await page.getByText("rm -rf ⟨U+202E⟩ / # safe⟨U+200B⟩").waitFor()
    assert.equal(await page.getByRole("list", { name: "In force" }).getByRole("listitem").count(), 300)
    await page.getByRole("button", { name: "Ended 200" }).waitFor()
    await page.getByRole("button", { name: "Show all 1505 characters" }).click()
    await page.getByText("x".repeat(1500)).waitFor()
    await page.reload()
    await page.getByRole("button", { name: "Ended 200" }).waitFor()
    await keepPicture(page, `grants-many-${name}`)
    assert.ok(await fits(page), "nothing is wider than the page")
    await assertAccessible(page)
    await page.getByLabel("Search grants").fill("step-299")
    await until("the one that was looked for", async () => (await page.locator("[data-grant]").count()) === 1)
    all = []
    await page.reload()
    await page.getByText("No grants", { exact: true }).waitFor()
    await keepPicture(page, `grants-none-${name}`)
    await assertAccessible(page)
    assert.deepEqual(faults, [])
  })
}
