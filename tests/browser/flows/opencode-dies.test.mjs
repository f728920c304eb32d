// OpenCode is killed while the agent asks, and while it works: on the page nothing is lost, and a person goes on.
import assert from "node:assert/strict"
import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { call, makeSession, PHONE, script } from "../stage/browser.mjs"
import { scene } from "../stage/scene.mjs"
import { until } from "../stage/wait.mjs"

const here = scene()

const PATIENCE = { timeout: 90_000 }

test("an answer that is given while OpenCode is dead is applied when it is back, on a phone", async () => {
  // REQ-ASK-04, REQ-ASK-08
  const file = join(here.stack.directory, "kept.txt")
  await rm(file, { force: true })
  const command = { name: "bash", args: { command: "echo kept > kept.txt", description: "Keep" } }
  const id = await makeSession(here.stack, "Outlives", `Keep\n${script({ tools: [command], text: "" }, { text: "It is kept." })}`)
  const { page, faults } = await here.open({ ...PHONE, path: `/sessions/${id}` })
  const allow = page.getByRole("button", { name: "Allow once" })
  await allow.waitFor(PATIENCE)
  const [ask] = (await call(here.stack, "GET", "/asks")).filter((ask) => ask.session === id)
  await here.stack.killOpenCode()
  await page.getByText("The agent is restarting or offline", { exact: true }).waitFor(PATIENCE)
  await allow.click()
  await page.getByText(/^Allowed once By anna/).waitFor(PATIENCE)
  await page.getByText(/^It is kept\.$/).waitFor(PATIENCE)
  assert.equal(await readFile(file, "utf8"), "kept\n")
  assert.equal((await call(here.stack, "GET", `/asks/${ask.id}`)).state, "applied")
  assert.deepEqual(faults, [])
})

test("a command that died half way is asked about again, and the card says so", async () => {
  // REQ-ASK-08, REQ-STATE-03
  const command = { name: "bash", args: { command: "echo begun > begun.txt; sleep 120", description: "Takes long" } }
  const id = await started("Half way", `Run\n${script({ tools: [command] }, { text: "Then I go on." })}`)
  const { page } = await here.open({ path: `/sessions/${id}` })
  await page.getByRole("button", { name: "Allow once" }).click(PATIENCE)
  await until("the running command", () => readFile(join(here.stack.directory, "begun.txt")).catch(() => undefined), PATIENCE.timeout)
  await here.stack.killOpenCode()
  const again = page.locator("[data-open=true]", { hasText: "This may already have run in part" })
  await again.getByRole("button", { name: "Deny", exact: true }).click(PATIENCE)
  await page.getByText(/^Then I go on\.$/).waitFor(PATIENCE)
})

test("an answer that was cut short is begun again, and the thread says so", async () => {
  // REQ-STATE-03
  const id = await started("Cut short", "scenario: endless")
  const { page } = await here.open({ path: `/sessions/${id}` })
  await page.getByText("This never ends by").waitFor(PATIENCE)
  await here.stack.killOpenCode()
  await page.getByText("OpenCode restarted. The agent is picking up where it left off.").waitFor(PATIENCE)
  await page.getByText(/^That was all\.$/).waitFor(PATIENCE)
})

/** OpenCode may still be on its way back from the test before. */
function started(title, prompt) {
  return until("a session", () => makeSession(here.stack, title, prompt).catch(() => undefined), PATIENCE.timeout)
}
