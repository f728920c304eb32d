// The simulated Slack's own page, as `SLACK=sim make run` shows it: the form, a thread, a list of twelve sessions and the
// app's home, all by the browser.
import assert from "node:assert/strict"
import { mkdir } from "node:fs/promises"
import { after, before, test } from "node:test"
import { fileURLToPath } from "node:url"
import { call, DESKTOP, launch, script } from "../stage/browser.mjs"
import { until } from "../stage/wait.mjs"
import { startStack } from "../stage/stack.mjs"

const PICTURES = process.env.SCREENSHOTS ?? fileURLToPath(new URL("../../../target/screenshots", import.meta.url))
const SESSIONS = 12
const here = {}

before(async () => {
  await mkdir(PICTURES, { recursive: true })
  here.stack = await startStack({ SLACK: "sim" })
  here.browser = await launch()
  here.page = await (await here.browser.newContext(DESKTOP)).newPage()
  here.faults = []
  here.page.on("pageerror", (error) => here.faults.push(error.message))
  await here.page.goto(here.stack.slack)
  await here.page.getByLabel("Message", { exact: true }).waitFor()
})

after(async () => {
  await here.browser?.close()
  await here.stack?.stop()
})

const picture = (name) => here.page.screenshot({ path: `${PICTURES}/slack-page-${name}.png` })
const state = () => fetch(`${here.stack.slack}/_control/state?user=ann`).then((answer) => answer.json())
const form = () => here.page.locator("dialog[open] form")
const field = (label) => form().locator("label", { hasText: label }).locator("input, textarea, select").first()

async function says(text) {
  const box = here.page.getByLabel("Message", { exact: true })
  await box.fill(text)
  await box.press("Enter")
}

/** With a place to work in it: OpenCode may have several directories open. */
async function openForm() {
  await says("/opencode start")
  await form().waitFor()
  const repositories = form().locator("label", { hasText: "Repositories" }).locator("select")
  if ((await repositories.count()) > 0) await repositories.selectOption({ label: "sample" })
}

/** Sends the form, and says what it says if it stays open. */
async function send() {
  await form().getByRole("button", { name: "Start" }).click()
  await form().waitFor({ state: "detached" }).catch(async () => {
    await picture("form-stays")
    throw new Error(`The form stays open: ${await form().locator(".wrong").allInnerTexts()}`)
  })
}

test("the form is filled in and sent by the page: Enter asks for a suggestion, nothing that was typed is lost", async () => {
  // UX B4, ACCEPTANCE F3
  await openForm()
  await field("Description").fill(script({ text: "The plan is short. ", tools: [{ name: "bash", args: { command: "npm test", description: "Tests" } }] }, { text: "All done." }))
  await field("Title").fill("Implement the login page")
  await field("Title").press("Enter")
  await form().getByText("Suggested:").waitFor()
  assert.equal(await field("Title").inputValue(), "Implement the login page")
  assert.match(await field("Description").inputValue(), /The plan is short/, "what was typed stays")
  await field("Priority").selectOption({ label: "High" })
  await picture("form")
  await send()
  const card = here.page.locator("#messages article", { hasText: "Implement the login page" })
  await card.getByText("Directory:").waitFor({ timeout: 90_000 })
  const [session] = await call(here.stack, "GET", "/cards")
  assert.equal(session.title, "Implement the login page")
  assert.equal(session.priority, "high")
  await card.getByRole("button", { name: /repl/i }).click()
  const ask = here.page.locator("#replies article", { hasText: "npm test" })
  await ask.getByRole("button", { name: "Allow once" }).click({ timeout: 60_000 })
  await here.page.locator("#replies").getByText("Allowed once").first().waitFor()
  await here.page.locator("#replies article .markdown", { hasText: "All done." }).last().waitFor({ timeout: 60_000 })
  const words = await here.page.locator("#replies article").allInnerTexts()
  // The task itself has all of these words.
  const at = (text) => words.findIndex((one) => one.includes(text) && !one.includes("script:"))
  assert.ok(at("The plan is short") >= 0 && at("The plan is short") < at("Allowed once"), `words before the card they lead to:\n${words.join("\n---\n")}`)
  await picture("thread")
})

test("a form without a title says so in the form, and keeps the rest", async () => {
  // UX B4, B41
  await openForm()
  await field("Description").fill("kept")
  await form().getByRole("button", { name: "Start" }).click()
  await form().locator(".wrong").first().waitFor()
  assert.match(await form().locator(".wrong").first().innerText(), /required/i)
  assert.equal(await field("Description").inputValue(), "kept")
  await picture("form-wrong")
  await form().getByRole("button", { name: "Cancel" }).click()
})

test("twelve sessions are listed, at home too, and each button is its own", async () => {
  // UX B5, ACCEPTANCE F3
  for (let n = 2; n <= SESSIONS; n++) {
    await openForm()
    await field("Title").fill(`Task ${String(n).padStart(2, "0")}`)
    await send()
    // The gateway has a limit of running sessions.
    const rests = async () => (await call(here.stack, "GET", "/cards")).filter(({ doing }) => doing === "idle").length >= n
    await until(`session ${n}`, rests, 60_000)
  }
  await says("/opencode list")
  const list = here.page.locator("article.ephemeral").last()
  await list.getByText("Task 12").waitFor()
  assert.equal(await list.getByRole("button", { name: "Status" }).count(), SESSIONS)
  await picture("list")
  await here.page.getByRole("button", { name: "App home" }).click()
  await here.page.locator("#messages").getByText("Task 12").waitFor()
  assert.equal(await here.page.locator("#messages").getByRole("button", { name: "Status" }).count(), SESSIONS)
  await picture("home")
  await here.page.locator("#messages .block", { hasText: "Task 05" }).getByRole("button", { name: "Status" }).click()
  const told = await until("its status", async () => {
    const direct = (await state()).channels.find((one) => one.direct)
    return direct?.messages.find((one) => JSON.stringify(one).includes("Session:"))
  })
  assert.match(JSON.stringify(told), /Task 05/)
  assert.deepEqual(here.faults, [])
})

test("a word to the app alone starts nothing until its person says so", async () => {
  // UX B42
  await here.page.getByRole("button", { name: "Gateway (app)" }).click()
  await says("hello")
  const question = here.page.locator("article.ephemeral", { hasText: "Start a coding session" }).last()
  await question.waitFor()
  assert.match(await question.innerText(), /It will work|choose where to work/, "it says where, or asks")
  await picture("question")
  assert.equal((await call(here.stack, "GET", "/cards")).length, SESSIONS, "nothing started")
})
