// What a command really runs, and a value that its card hides: shown to whoever decides. The gate is on.
import assert from "node:assert/strict"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { call, makeSession, PHONE, script } from "../stage/browser.mjs"
import { assertAccessible, keepPicture } from "../stage/look.mjs"
import { scene } from "../stage/scene.mjs"

const folder = await mkdtemp(join(tmpdir(), "command-"))
await writeFile(join(folder, "gateway.yaml"), JSON.stringify({ gate: { unguarded: "allow" } }))
after(() => rm(folder, { recursive: true, force: true }))

const here = scene({ GATEWAY_CONFIG: join(folder, "gateway.yaml") })

const runs = (command) => `Run\n${script({ tools: [{ name: "bash", args: { command, description: "Run" } }] }, { text: "It ran." })}`

test("the card says what a command runs, program by program, and what nobody can know", async () => {
  // REQ-GATE-06
  const wrapped = "cd src && timeout 5 'e'cho one; sh -c 'echo two > two.txt'"
  const id = await makeSession(here.stack, "Wrapped", runs(wrapped))
  const { page, faults } = await here.open({ ...PHONE, path: `/sessions/${id}` })
  const lines = page.locator("[data-runs] li")
  await lines.first().waitFor({ timeout: 60_000 })
  assert.deepEqual(await lines.allTextContents(), ["cd src", "timeout 5 echo one", "sh -c: echo two > two.txt"])
  await keepPicture(page, "command-runs-phone")
  await assertAccessible(page)
  const opaque = await makeSession(here.stack, "Opaque", runs("$(echo echo) three"))
  const other = await here.open({ ...PHONE, path: `/sessions/${opaque}` })
  await other.page.getByText("What this runs can't be known before it runs").waitFor({ timeout: 60_000 })
  await keepPicture(other.page, "command-opaque-phone")
  assert.deepEqual([...faults, ...other.faults], [])
})

test("a hidden value is shown to whoever decides, and the audit log has it", async () => {
  // REQ-GATE-06, REQ-THREAD-06
  const id = await makeSession(here.stack, "Hidden", runs("DB_PASSWORD=hunter22 npm test"))
  const { page, faults } = await here.open({ path: `/sessions/${id}`, person: "anna" })
  await page.getByText("A value that looks like a secret is hidden here").waitFor({ timeout: 60_000 })
  assert.equal(JSON.stringify(await call(here.stack, "GET", "/asks")).includes("hunter22"), false)
  await page.getByRole("button", { name: "Show it to me" }).click()
  assert.match(await page.locator("[data-in-full]").textContent(), /DB_PASSWORD=hunter22 npm test/)
  await keepPicture(page, "command-hidden-desktop")
  await assertAccessible(page)
  await page.getByRole("button", { name: "Hide it again" }).click()
  assert.equal(await page.locator("[data-in-full]").count(), 0)
  const { entries } = await call(here.stack, "GET", "/audit?text=shown+in+full")
  assert.deepEqual(entries.map(({ who, session }) => [who, session]), [["web:anna", id]])
  assert.deepEqual(faults, [])
})
