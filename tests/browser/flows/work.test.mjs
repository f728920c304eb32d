// A person's first ten minutes, on a phone and on a desktop.
import assert from "node:assert/strict"
import { test } from "node:test"
import { call, makeSession, PHONE, script } from "../stage/browser.mjs"
import { scene } from "../stage/scene.mjs"
import { until } from "../stage/wait.mjs"

const here = scene()

test("from a phone: start a session, watch it, answer a question, allow, deny, write, stop", async () => {
  // REQ-CONSOLE-01, REQ-START-01, REQ-START-02, REQ-ASK-01, REQ-ASK-02, REQ-THREAD-02
  const { page, faults, foreign } = await here.open(PHONE)
  await page.getByRole("link", { name: "start a session with a task of your own" }).tap()
  await page.getByRole("button", { name: "Add a greeting" }).tap()
  await page.getByLabel("Repository").selectOption(here.stack.directory)
  await page.getByRole("button", { name: "Start session" }).tap()
  await page.waitForURL(/\/sessions\/ses_/)

  await page.getByRole("button", { name: /^German/ }).tap({ timeout: 30_000 })
  await page.getByText("Answered “German” By anna").waitFor()

  const allow = page.getByRole("button", { name: "Allow once" })
  await allow.waitFor()
  const diff = page.locator("[data-open=true]").getByText("Hallo, Welt!")
  await diff.waitFor()
  const size = await allow.boundingBox()
  assert.ok(size.height >= 44 && size.width >= 150, "large enough for a thumb")
  await allow.tap()
  await page.getByText("Allowed once By anna").first().waitFor()

  const command = page.locator("[data-open=true]", { hasText: "git add greeting.txt" })
  await command.getByRole("button", { name: "Deny with a reason" }).tap()
  await page.getByLabel("Reason (the agent will read this)").fill("Not needed")
  await page.getByRole("button", { name: "Deny with this reason" }).tap()
  await page.getByText("Denied By anna").first().waitFor()
  await page.getByText("“Not needed”").waitFor()
  await page.locator("[data-kind=milestones]", { hasText: "Write the greeting, then check it" }).waitFor()

  await page.getByLabel("Message to the agent").fill("Go on\nscenario: slow")
  await page.getByRole("button", { name: "Send" }).tap()
  await page.getByText("w40 w41 w42").waitFor()
  await page.getByRole("button", { name: "Stop" }).tap()
  await until("the end of the turn", async () => !(await page.getByRole("button", { name: "Stop" }).isVisible()))

  const { scrollWidth, innerWidth } = await page.evaluate(() => ({ scrollWidth: document.documentElement.scrollWidth, innerWidth }))
  assert.equal(innerWidth, 390)
  assert.ok(scrollWidth <= 390, "nothing is wider than the phone")
  assert.deepEqual(faults, [])
  assert.deepEqual(foreign(), [], "no request leaves the machine")
})

test("text streams into the page, and its events are seen soon", async () => {
  // REQ-THREAD-02
  const id = await makeSession(here.stack, "Streams", "scenario: slow")
  const { page } = await here.open({ path: `/sessions/${id}` })
  await page.getByText(/w5 w6/).waitFor()
  const early = await page.getByText(/w5 w6/).innerText()
  await page.getByText("w998 w999").waitFor({ timeout: 60_000 })
  assert.ok(early.length < 4_000, "the beginning was there before the end")
  const text = await page.locator("[data-kind=said] .prose").last().innerText()
  const words = text.trim().split(/\s+/)
  assert.deepEqual(words, Array.from({ length: 1000 }, (_, n) => `w${n}`), "nothing lost, nothing doubled")
})

test("an ask reaches the page within a second of being asked", async () => {
  // REQ-ASK-01
  const { page } = await here.open({ path: "/" })
  const id = await makeSession(here.stack, "Asks soon", "scenario: bash")
  const asked = await until("the ask", async () => (await call(here.stack, "GET", "/asks")).find((ask) => ask.session === id))
  const card = page.locator(`[data-ask=${asked.id}]`)
  await card.waitFor()
  const late = Date.now() - new Date(asked.asked_at).getTime()
  assert.ok(late < 1500, `it took ${late} ms`)
  await card.getByRole("button", { name: /^Always allow/ }).click()
  await card.getByText("echo *", { exact: true }).waitFor()
  await card.getByRole("button", { name: "Yes, always allow" }).click()
  await until("the answer", async () => (await call(here.stack, "GET", `/asks/${asked.id}`)).decision?.answer === "always")
})

test("a message to a busy agent waits, and says so; a reply answers an open question", async () => {
  // REQ-START-08, REQ-ASK-02
  const id = await makeSession(here.stack, "Busy", "scenario: slow")
  const { page } = await here.open({ path: `/sessions/${id}` })
  await page.getByText(/w5 w6/).waitFor()
  await page.getByLabel("Message to the agent").fill("And then?\nscenario: question")
  await page.keyboard.press("Enter")
  await page.getByText("Queued", { exact: true }).first().waitFor()
  await page.getByRole("button", { name: /^Postgres/ }).waitFor({ timeout: 60_000 })
  await page.getByLabel("Message to the agent").fill("DuckDB")
  await page.keyboard.press("Enter")
  await page.getByText("Answered “DuckDB” By anna").waitFor()
})

test("pause, resume and close", async () => {
  // REQ-START-06
  const id = await makeSession(here.stack, "Steered", "scenario: endless")
  const { page } = await here.open({ path: `/sessions/${id}` })
  await page.getByText("This never ends").waitFor()
  const more = page.getByRole("button", { name: "More for this session" })
  await more.click()
  await page.getByRole("menuitem", { name: "Pause" }).click()
  await page.getByRole("button", { name: "Resume" }).click()
  await page.getByRole("button", { name: "Resume" }).waitFor({ state: "hidden" })
  await page.getByText(/^You said:/).waitFor()
  await page.getByLabel("Message to the agent").fill("Once more\nscenario: endless")
  await page.keyboard.press("Enter")
  await more.click()
  await page.getByRole("menuitem", { name: /^Close the session/ }).click()
  // One that works is stopped first.
  await page.getByRole("button", { name: "Stop the agent" }).click()
  await page.getByRole("button", { name: "Close the session" }).click()
  await page.getByPlaceholder("This session is closed.").waitFor()
})

test("to-dos, tool lines and changed files", async () => {
  // REQ-THREAD-03
  const id = await makeSession(here.stack, "Shows", `Write\n${script(
    { tools: [{ name: "todowrite", args: { todos: [{ content: "Write the form", status: "in_progress", priority: "high" }] } }] },
    { tools: [{ name: "read", args: { filePath: "README.md" } }, { name: "read", args: { filePath: "README.md" } }] },
    { text: "Read." },
  )}`)
  const { page } = await here.open({ path: `/sessions/${id}`, viewport: { width: 1400, height: 900 } })
  await page.getByLabel("About this session").getByText("Write the form").waitFor()
  const line = page.getByRole("button", { name: /^Read 2 files/ })
  await line.click()
  await page.getByText("A repository for tests.").first().waitFor()
})
