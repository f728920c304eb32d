// Somebody who was never here: from the link that `make run` prints to the first approval, in three clicks and timed.
import assert from "node:assert/strict"
import { test } from "node:test"
import { call, makeSession, PHONE } from "../stage/browser.mjs"
import { scene } from "../stage/scene.mjs"
import { until } from "../stage/wait.mjs"

const here = scene()

/** What the whole way may take on a busy machine, OpenCode's first start included. */
const PATIENCE_MS = 90_000

test("from the printed link to the first approval in three clicks", async () => {
  // REQ-FRONT-04, UX 1: four primary buttons, a demo one page deeper, nine fields and a button that was off without a reason
  const context = await here.browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  let clicks = 0
  const click = async (button) => {
    await button.click({ timeout: PATIENCE_MS })
    clicks += 1
  }
  try {
    const began = performance.now()
    await page.goto(here.stack.link ?? here.stack.url)
    await page.getByRole("heading", { name: "Coding agents that ask before they act" }).waitFor()
    const shown = performance.now()
    assert.equal(await page.locator(".button-primary").count(), 1, "one primary button on the page")
    await click(page.getByRole("button", { name: "Try the demo" }))
    await page.waitForURL(/\/sessions\/ses_/, { timeout: PATIENCE_MS })
    await click(page.getByRole("button", { name: /^German/ }))
    await click(page.getByRole("button", { name: "Allow once" }))
    await page.getByText(/Allowed once By/).first().waitFor()
    const approved = performance.now()
    assert.equal(clicks, 3)
    const seconds = (from, to) => ((to - from) / 1000).toFixed(1)
    console.log(`newcomer: page in ${seconds(began, shown)} s, first approval after ${seconds(began, approved)} s and ${clicks} clicks`)
    assert.ok(approved - began < PATIENCE_MS, "it is a matter of seconds")
    const [card] = await call(here.stack, "GET", "/cards")
    assert.notEqual(card.owner.name, "me", "B15: others read who it was")
  } finally {
    await context.close()
  }
})

test("the form needs a task only: the repository is chosen, and what is missing is said", async () => {
  await until("what OpenCode has", async () => (await call(here.stack, "GET", "/choices")).known, 60_000)
  const { page, faults } = await here.open({ path: "/start" })
  const start = page.getByRole("button", { name: "Start session" })
  await page.getByText("Describe the task first.").waitFor()
  assert.ok(await start.isDisabled())
  const repository = page.getByLabel("Repository")
  await until("the place", async () => (await repository.inputValue()) === here.stack.directory)
  const offered = await repository.locator("option").allTextContents()
  assert.ok(!offered.some((name) => name.includes("opencode-home")), `OpenCode's own home is no place to work in: ${offered}`)
  await page.getByText(/and repeats anything else/).waitFor()
  await page.getByLabel("What should the agent do?").fill("Say hello\nscenario: hello")
  assert.equal(await page.getByText("Describe the task first.").count(), 0)
  assert.equal(await page.getByLabel("Category").isVisible(), false, "the rest is under More options")
  await page.getByText("More options").click()
  await page.getByLabel("Category").waitFor()
  // B2: nothing is offered that OpenCode doesn't have.
  const models = await until("what can be chosen", async () => {
    const names = await page.getByLabel("Model").locator("option").allTextContents()
    return names.length > 0 && names
  })
  assert.deepEqual(models, ["OpenCode's default", "scripted/scripted-1"])
  await start.click()
  await page.waitForURL(/\/sessions\/ses_/)
  assert.deepEqual(faults, [])
})

test("on a phone nothing is wider than the screen, and the first page leads to the form", async () => {
  const { page } = await here.open({ ...PHONE, path: "/start" })
  await page.getByLabel("What should the agent do?").waitFor()
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  assert.ok(width <= 390, `${width}`)
})

test("what nobody has is refused before it is started, with what there is", async () => {
  // B2
  await until("what OpenCode has", async () => (await call(here.stack, "GET", "/choices")).known, 60_000)
  const hint = await call(here.stack, "GET", "/routing?title=Implement%20login%20API")
  assert.equal(hint.agent, "builder")
  assert.equal(hint.model, undefined, "no model is suggested that OpenCode doesn't have")
  const made = await call(here.stack, "POST", "/sessions", { directory: here.stack.directory, title: "No such model", prompt: "Go", model: { provider: "local", model: "qwen2.5-coder:32b" } })
  assert.equal(made.status, 409)
  assert.match(made.detail, /scripted\/scripted-1/)
})

test("at the limit of sessions those that run are named, lead on, and can be stopped", async () => {
  // B30
  const id = await makeSession(here.stack, "Runs for long", "scenario: bash")
  await until("it runs", async () => (await call(here.stack, "GET", "/cards")).some(({ session, doing }) => session === id && doing === "waiting"), 60_000)
  const { page, faults } = await here.open({ path: "/start" })
  const problem = { title: "Session limit reached", status: 429, detail: "This gateway has 1 running session already, which is the limit: “Runs for long”. Stop or close one of them first", running: [{ session: id, title: "Runs for long" }] }
  await page.route(/\/api\/v1\/sessions$/, (route) => (route.request().method() === "POST" ? route.fulfill({ status: 429, contentType: "application/problem+json", body: JSON.stringify(problem) }) : route.continue()))
  await page.getByLabel("What should the agent do?").fill("Say hello\nscenario: hello")
  await page.getByRole("button", { name: "Start session" }).click()
  const told = page.getByRole("alert")
  await told.getByText("This gateway has 1 running session already, which is the limit. Stop or close one of these first:").waitFor()
  assert.equal(await told.getByRole("link", { name: "Runs for long" }).getAttribute("href"), `/sessions/${id}`)
  await told.getByRole("button", { name: "Stop Runs for long" }).click()
  await told.getByText("There is room for another session").waitFor()
  await told.getByText("Stopped").waitFor()
  assert.notEqual((await call(here.stack, "GET", "/cards")).find(({ session }) => session === id).doing, "waiting")
  await page.unroute(/\/api\/v1\/sessions$/)
  await page.getByRole("button", { name: "Start session" }).click()
  await page.waitForURL(/\/sessions\/ses_/)
  assert.deepEqual(faults, [])
})
