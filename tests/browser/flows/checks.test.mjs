// A session's checks beside its thread: nothing to run, tests that fail by name, what they printed, tests that pass, and one that is stopped.
import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { makeSession, PHONE, script } from "../stage/browser.mjs"
import { assertAccessible, keepPicture } from "../stage/look.mjs"
import { scene } from "../stage/scene.mjs"

const folder = await mkdtemp(join(tmpdir(), "checks-"))
await writeFile(join(folder, "gateway.yaml"), JSON.stringify({ gate: { unguarded: "allow" } }))
after(() => rm(folder, { recursive: true, force: true }))

const here = scene({ GATEWAY_CONFIG: join(folder, "gateway.yaml") })

const write = (name, text) => writeFile(join(here.stack.directory, name), text)
const tests = (divides) => `import test from "node:test"
import assert from "node:assert"
test("adds", () => assert.equal(1 + 1, 2))
test("divides two numbers that people typed into the form of the page", () => assert.equal(4 / 2, ${divides}))
`
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)

test("tests are run beside the thread, fail by name, show what they printed, and pass", async () => {
  // REQ-CHECK-01, REQ-CHECK-02, REQ-CHECK-05
  await write("package.json", JSON.stringify({ name: "shop", scripts: { test: "node --test" } }))
  await write("math.test.mjs", tests(3))
  const id = await makeSession(here.stack, "Has tests", `Hello\n${script({ text: "Here I am." })}`)
  const { page, faults } = await here.open({ path: `/sessions/${id}` })
  const beside = page.getByRole("complementary", { name: "About this session" })
  await beside.getByText("node --test", { exact: true }).waitFor({ timeout: 60_000 })
  await keepPicture(page, "checks-offered-desktop")
  await beside.getByRole("button", { name: "Run tests" }).click()
  await beside.getByText("Failed", { exact: true }).waitFor({ timeout: 60_000 })
  await beside.getByRole("list", { name: "Tests that failed" }).getByText("divides two numbers that people typed into the form of the page").waitFor()
  await page.locator("[data-thread]").getByText("❌ Unit Tests: 1 of 2 failed").waitFor()
  await assertAccessible(page)
  await keepPicture(page, "checks-failed-desktop")
  await beside.getByRole("button", { name: "Output" }).click()
  const printed = page.getByRole("dialog", { name: "npm test" })
  await printed.getByText("SHA-256 of all of it").waitFor()
  await keepPicture(page, "checks-output-desktop")
  await page.keyboard.press("Escape")

  await write("math.test.mjs", tests(2))
  await beside.getByRole("button", { name: "Run npm test" }).click()
  await beside.getByText("Passed", { exact: true }).waitFor({ timeout: 60_000 })
  await page.locator("[data-thread]").getByText("✅ Unit Tests: 2/2 passing").waitFor()
  await keepPicture(page, "checks-passed-desktop")
  assert.deepEqual(faults, [])

  const phone = await here.open({ ...PHONE, path: `/sessions/${id}` })
  await phone.page.getByRole("button", { name: "About this session" }).click()
  await phone.page.getByText("Passed", { exact: true }).first().waitFor({ timeout: 60_000 })
  await phone.page.getByRole("heading", { name: "Checks" }).first().scrollIntoViewIfNeeded()
  assert.ok(await fits(phone.page), "nothing is wider than the phone")
  await keepPicture(phone.page, "checks-passed-phone")
})

test("a fix fails before and passes after", async () => {
  // REQ-CHECK-06
  const git = (...args) => execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], { cwd: here.stack.directory })
  await write("package.json", JSON.stringify({ name: "shop", scripts: { test: "node --test half.test.mjs" } }))
  await write("half.mjs", "export const half = (n) => n\n")
  await write("half.test.mjs", 'import test from "node:test"\nimport assert from "node:assert"\nimport { half } from "./half.mjs"\ntest("half of four is two", () => assert.equal(half(4), 2))\n')
  git("add", ".")
  git("commit", "-qm", "What there was")
  await write("half.mjs", "export const half = (n) => n / 2\n")
  const id = await makeSession(here.stack, "Is a fix", `Hello\n${script({ text: "Here I am." })}`)
  const { page, faults } = await here.open({ path: `/sessions/${id}` })
  const beside = page.getByRole("complementary", { name: "About this session" })
  await beside.getByRole("button", { name: "Compare npm test before and after the change" }).click({ timeout: 60_000 })
  await page.locator("[data-thread]").getByText("✅ Fails before, passes after: both held.").waitFor({ timeout: 60_000 })
  await beside.getByText("Before the change").waitFor()
  await assertAccessible(page)
  await keepPicture(page, "checks-compared-desktop")
  assert.deepEqual(faults, [])
  const phone = await here.open({ ...PHONE, path: `/sessions/${id}` })
  await phone.page.locator("[data-thread]").getByText("✅ Fails before, passes after: both held.").waitFor({ timeout: 60_000 })
  assert.ok(await fits(phone.page), "nothing is wider than the phone")
  await keepPicture(phone.page, "checks-compared-phone")
})

test("a check that hangs is stopped", async () => {
  // REQ-CHECK-05
  await write("package.json", JSON.stringify({ name: "shop", scripts: { test: "sleep 600" } }))
  const id = await makeSession(here.stack, "Hangs", `Hello\n${script({ text: "Here I am." })}`)
  const { page, faults } = await here.open({ path: `/sessions/${id}` })
  const beside = page.getByRole("complementary", { name: "About this session" })
  await beside.getByRole("button", { name: "Run tests" }).click({ timeout: 60_000 })
  await beside.getByText(/^Running/).waitFor()
  await keepPicture(page, "checks-running-desktop")
  await beside.getByRole("button", { name: "Stop checks" }).click()
  await beside.getByText("Stopped", { exact: true }).waitFor({ timeout: 60_000 })
  await page.locator("[data-thread]").getByText("⏹️ Unit Tests: stopped by").waitFor()
  assert.deepEqual(faults, [])
})
