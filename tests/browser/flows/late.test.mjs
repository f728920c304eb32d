// Nobody answers in time: it is said before, and after it, and an answer still counts.
import assert from "node:assert/strict"
import { test } from "node:test"
import { call, makeSession } from "../stage/browser.mjs"
import { scene } from "../stage/scene.mjs"
import { until } from "../stage/wait.mjs"

const here = scene({ PERMISSION_TIMEOUT_SECONDS: "6" })

const askOf = (session) => until("an ask", async () => (await call(here.stack, "GET", "/asks")).find((ask) => ask.session === session), 60_000)

test("a request that nobody answers warns, says so afterwards, and can be allowed late", async () => {
  // REQ-ASK-05, REQ-ASK-07, B6
  const id = await makeSession(here.stack, "Nobody there", "scenario: bash")
  const ask = await askOf(id)
  const { page, faults } = await here.open({ path: `/sessions/${id}` })
  await page.locator("[data-soon=true]").waitFor()
  await page.locator("[data-expired]", { hasText: "Nobody answered" }).waitFor({ timeout: 30_000 })
  await page.getByText("Denied automatically.").waitFor()
  // The list says so too, until somebody has seen to it.
  await page.locator(`[data-session=${id}]`, { hasText: "Nobody answered in time" }).waitFor()
  await page.locator("[data-announcer]", { hasText: "Nobody there got no answer in time" }).waitFor({ state: "attached" })
  await page.getByRole("button", { name: "Allow anyway" }).click()
  await page.getByText(/Nobody answered in time\. By anna/).waitFor()
  assert.equal((await call(here.stack, "GET", `/asks/${ask.id}`)).state, "allowed_late")
  assert.equal(await page.getByRole("button", { name: "Allow anyway" }).count(), 0)
  // What the gateway tells the agent then was written by nobody in OpenCode.
  await page.locator("[data-kind=note]", { hasText: "Sent to the agent:" }).waitFor()
  assert.equal(await page.getByText("Someone in OpenCode").count(), 0)
  assert.deepEqual(faults, [])
})
