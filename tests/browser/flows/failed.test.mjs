// A turn that fails: told once and in plain words, and mended by the person who reads it.
import assert from "node:assert/strict"
import { test } from "node:test"
import { call, makeSession } from "../stage/browser.mjs"
import { scene } from "../stage/scene.mjs"
import { until } from "../stage/wait.mjs"

const here = scene()

async function failing(title) {
  const id = await makeSession(here.stack, title, "scenario: hello")
  await until("the first answer", async () => (await call(here.stack, "GET", `/sessions/${id}/thread`)).card.doing === "idle", 60_000)
  const model = { provider: "scripted", model: "gone" }
  await call(here.stack, "POST", `/sessions/${id}/messages`, { text: "Go on\nscenario: hello", model })
  await until("the failure", async () => (await call(here.stack, "GET", `/sessions/${id}/thread`)).card.doing === "failed", 60_000)
  return id
}

test("a failure is told once, in one sentence; another model and a retry mend it", async () => {
  // B2, B25
  const id = await failing("Fails and is mended")
  const { page, faults } = await here.open({ path: `/sessions/${id}` })
  await page.getByText("The last turn failed").waitFor()
  const told = page.locator("[data-kind=note]", { hasText: "stopped with an error" })
  await told.first().waitFor()
  assert.equal(await told.count(), 1, "told once")
  const text = await told.first().locator("p").first().innerText()
  assert.ok(!text.includes("\n") && !/\bat .*\(/.test(text) && !text.includes(".."), `one plain sentence: ${text}`)
  await page.locator(`[data-session=${id}]`).getByText(/not found|gone/i).first().waitFor()
  await page.getByRole("button", { name: "Change model…" }).click()
  const dialog = page.getByRole("dialog")
  await dialog.getByLabel("Model").selectOption("scripted/scripted-1")
  await dialog.getByRole("button", { name: "Save and retry" }).click()
  await until("the answer", async () => (await page.locator(".prose", { hasText: "Hello from the scripted model." }).count()) === 2, 60_000)
  assert.equal(await page.getByText("The last turn failed").count(), 0)
  assert.equal(await page.locator("[data-kind=said]", { hasText: "Go on" }).count(), 1, "nothing was added to the conversation")
  assert.deepEqual(faults, [])
})

test("rename, copy the link, close and reopen", async () => {
  // B23
  const id = await makeSession(here.stack, "Wrong name", "scenario: hello")
  const { page } = await here.open({ path: `/sessions/${id}` })
  await page.getByText("Hello from the scripted model.").first().waitFor({ timeout: 60_000 })
  const more = page.getByRole("button", { name: "More for this session" })
  await more.click()
  await page.getByRole("menuitem", { name: "Rename…" }).click()
  await page.getByRole("dialog").getByLabel("Title").fill("Right name")
  await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click()
  await page.getByRole("heading", { name: "Right name" }).waitFor()
  await more.click()
  await page.getByRole("menuitem", { name: /^Close the session/ }).click()
  await page.getByRole("button", { name: "Close the session" }).click()
  await until("the end", async () => (await call(here.stack, "GET", `/sessions/${id}/thread`)).card.doing === "ended")
  await more.click()
  await page.getByRole("menuitem", { name: "Reopen the session" }).click()
  await until("the beginning", async () => (await call(here.stack, "GET", `/sessions/${id}/thread`)).card.doing === "idle")
})
