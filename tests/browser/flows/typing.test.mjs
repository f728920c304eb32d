// The message box: what Enter does, and what becomes of a message that is written without a connection.
import assert from "node:assert/strict"
import { test } from "node:test"
import { call, makeSession, PHONE } from "../stage/browser.mjs"
import { scene } from "../stage/scene.mjs"
import { until } from "../stage/wait.mjs"

const here = scene()

const messages = async (id) => (await call(here.stack, "GET", `/sessions/${id}/thread`)).items.filter((item) => item.kind === "said" && item.by.who === "person")
const greeted = (page) => page.getByText("Hello from the scripted model.").first().waitFor({ timeout: 60_000 })

test("Enter begins a new line on a phone, and the button sends", async () => {
  // REQ-START-08, B19, B20
  const id = await makeSession(here.stack, "By thumb", "scenario: hello")
  const { page } = await here.open({ ...PHONE, path: `/sessions/${id}` })
  await greeted(page)
  const box = page.getByLabel("Message to the agent")
  assert.equal(await box.getAttribute("enterkeyhint"), "enter")
  const height = (await box.boundingBox()).height
  assert.ok(height < 50, `the empty box is one line high, not ${height} px`)
  await box.tap()
  await page.keyboard.type("One")
  await page.keyboard.press("Enter")
  await page.keyboard.type("Two")
  assert.equal(await box.inputValue(), "One\nTwo")
  await page.getByRole("button", { name: "Send", exact: true }).tap()
  await until("the message", async () => (await messages(id)).some((item) => item.text === "One\nTwo"))
})

test("a message written offline is sent by itself, once, when the connection is back; also after a reload", async () => {
  // REQ-CONSOLE-01, REQ-START-08, B32
  const id = await makeSession(here.stack, "On a train", "scenario: hello")
  const { page } = await here.open({ path: `/sessions/${id}` })
  await greeted(page)
  here.front.cut()
  await page.locator("main [data-offline]").waitFor()
  const box = page.getByLabel("Message to the agent")
  for (const text of ["First\nscenario: hello", "Second\nscenario: hello"]) {
    await box.fill(text)
    await page.getByRole("button", { name: "Send", exact: true }).click()
  }
  assert.equal(await box.inputValue(), "")
  assert.equal(await page.getByRole("list", { name: "Not sent yet" }).getByRole("listitem").count(), 2)
  here.front.mend()
  await until("both messages", async () => (await messages(id)).filter((item) => /^(First|Second)/.test(item.text)).length === 2, 60_000)
  await page.getByRole("list", { name: "Not sent yet" }).waitFor({ state: "detached" })
  // Where a message stands is known once the agent has it.
  await until("them in their order", async () => {
    const told = (await messages(id)).map((item) => item.text.split("\n")[0]).filter((text) => text === "First" || text === "Second")
    return told.join() === "First,Second"
  }, 60_000)
})

test("Escape leaves the message box, and the keys of a request answer the one that has the focus only", async () => {
  // REQ-ASK-01, B36
  const id = await makeSession(here.stack, "With keys", "scenario: bash")
  const { page } = await here.open({ path: `/sessions/${id}` })
  await page.getByRole("button", { name: "Allow once" }).waitFor({ timeout: 60_000 })
  await page.keyboard.press("m")
  await page.keyboard.press("Escape")
  assert.equal(await page.evaluate(() => document.activeElement === document.body), true)
  await page.keyboard.press("Shift+A")
  assert.equal(await page.getByRole("button", { name: "Allow once" }).isEnabled(), true, "nothing has the focus")
  await page.keyboard.press("a")
  await until("the focus on the request", () => page.evaluate(() => document.activeElement?.closest("[data-open=true]") !== null))
  await page.keyboard.press("Shift+D")
  await page.getByText("Denied By anna").first().waitFor()
})

test("one press of a key allows nothing; the second one does", async () => {
  // REQ-ASK-01, B36
  const id = await makeSession(here.stack, "Twice", "scenario: bash")
  const { page } = await here.open({ path: `/sessions/${id}` })
  const allow = page.getByRole("button", { name: "Allow once" })
  await allow.waitFor({ timeout: 60_000 })
  await page.keyboard.press("a")
  await until("the focus on the request", () => page.evaluate(() => document.activeElement?.closest("[data-open=true]") !== null))
  await page.keyboard.press("Shift+A")
  await page.getByText("Press Shift + A again to allow this request once").waitFor()
  await page.keyboard.press("a")
  await page.keyboard.press("Shift+A")
  assert.equal(await allow.isEnabled(), true, "another key lay between")
  await page.keyboard.press("Shift+A")
  await page.getByText("Allowed once By anna").first().waitFor()
})
