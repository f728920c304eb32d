// A gateway with a token: nobody sees anything before signing in.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { launch, openPage, PHONE } from "../stage/browser.mjs"
import { startFront } from "../stage/front.mjs"
import { startGateway } from "../stage/stack.mjs"

const TOKEN = "a-token-of-the-tests"
let gateway, front, browser

before(async () => {
  gateway = await startGateway({ GATEWAY_API_TOKEN: TOKEN })
  front = await startFront(gateway)
  browser = await launch()
})

after(async () => {
  await browser?.close()
  await front?.stop()
  await gateway?.stop()
})

test("sign in, be known, sign out", async () => {
  // REQ-CONSOLE-03
  const { page, faults } = await openPage(browser, front, { ...PHONE, person: "", path: "/settings" })
  await page.getByRole("heading", { name: "Sign in" }).waitFor()
  assert.equal(await page.getByText("Appearance").count(), 0)
  await page.getByLabel("Your name").fill("anna")
  await page.getByLabel("Token").fill("wrong")
  await page.getByRole("button", { name: "Sign in" }).tap()
  await page.getByRole("alert").getByText("Wrong token").waitFor()
  await page.getByLabel("Token").fill(TOKEN)
  await page.getByRole("button", { name: "Sign in" }).tap()
  await page.getByText("Signed in as anna.").waitFor()
  assert.equal(await page.evaluate((token) => JSON.stringify({ ...localStorage }).includes(token), TOKEN), false)
  await page.goto(`${front.url}/`)
  await page.getByRole("heading", { name: "Coding agents that ask before they act" }).waitFor()
  assert.equal(await page.getByLabel("Your name").count(), 0, "the gateway knows who it is")
  await page.goto(`${front.url}/settings`)
  await page.getByRole("button", { name: "Sign out" }).tap()
  await page.getByRole("heading", { name: "Sign in" }).waitFor()
  assert.deepEqual(faults, [])
})
