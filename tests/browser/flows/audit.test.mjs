// Who allowed what: from a settled card to its entry, found again by kind and day, and taken away as a file. The gate is on.
import assert from "node:assert/strict"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { call, makeSession, PHONE, script } from "../stage/browser.mjs"
import { assertAccessible, keepPicture } from "../stage/look.mjs"
import { scene } from "../stage/scene.mjs"

const folder = await mkdtemp(join(tmpdir(), "audit-"))
await writeFile(join(folder, "gateway.yaml"), JSON.stringify({ gate: { mode: "on", unguarded: "allow" } }))
after(() => rm(folder, { recursive: true, force: true }))

const here = scene({ GATEWAY_CONFIG: join(folder, "gateway.yaml") })
const touches = (name) => `Touch\n${script({ tools: [{ name: "bash", args: { command: `touch ${name}`, description: "Touch" } }] }, { text: "Touched." })}`
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)

test("a settled card leads to its entry, which says who, what, by which rule and how that is known", async () => {
  // REQ-PROOF-01
  const id = await makeSession(here.stack, "Touches a file", touches("audited.txt"))
  const { page, faults } = await here.open({ path: `/sessions/${id}`, person: "anna" })
  await page.getByRole("button", { name: "Allow once" }).click({ timeout: 60_000 })
  await page.locator("[data-audit]").click({ timeout: 60_000 })
  await page.getByRole("heading", { name: "Audit log of one request" }).waitFor()
  const entry = page.locator("ol > li")
  await entry.first().waitFor()
  assert.equal(await entry.count(), 1)
  assert.match(await entry.textContent(), /anna answered: Allowed once/)
  assert.match(await entry.locator("pre").textContent(), /touch audited\.txt/)
  await entry.getByText("Proven by the gateway's word").click()
  assert.match(await entry.textContent(), /A name of the person's own choice/)
  await keepPicture(page, "audit-entry-desktop")
  await assertAccessible(page)
  assert.deepEqual(faults, [])
})

test("the log is narrowed by kind and day, and what is left is taken away", async () => {
  // REQ-PROOF-01
  const { page, faults } = await here.open({ path: "/audit", person: "anna" })
  const entry = page.locator("ol > li")
  await entry.first().waitFor()
  await page.getByLabel("Kind").selectOption("decision")
  await page.waitForURL(/kind=decision/)
  await page.getByLabel("To").fill("2020-01-01")
  await page.getByText("No matching entries").waitFor()
  await page.getByLabel("To").fill("")
  await entry.first().waitFor()
  await page.getByRole("button", { name: "Export" }).click()
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: "JSON lines" }).click()])
  assert.equal(download.suggestedFilename(), "audit.jsonl")
  const lines = (await readFile(await download.path(), "utf8")).trimEnd().split("\n").map((line) => JSON.parse(line))
  const { entries } = await call(here.stack, "GET", "/audit?kind=decision")
  assert.deepEqual(lines, entries)
  await page.getByRole("button", { name: "Clear the filter" }).click()
  await page.waitForURL((url) => url.search === "")
  assert.deepEqual(faults, [])
})

test("the page fits a phone, light and dark", async () => {
  for (const theme of ["light", "dark"]) {
    const { page, faults } = await here.open({ ...PHONE, path: "/audit", theme })
    await page.locator("ol > li").first().waitFor()
    await page.getByText("Proven by the gateway's word").first().click()
    await keepPicture(page, `audit-phone-${theme}`)
    assert.ok(await fits(page), "nothing is cut off at the side")
    await assertAccessible(page)
    const desktop = await here.open({ path: "/audit", theme })
    await desktop.page.locator("ol > li").first().waitFor()
    await keepPicture(desktop.page, `audit-desktop-${theme}`)
    assert.deepEqual([...faults, ...desktop.faults], [])
  }
})
