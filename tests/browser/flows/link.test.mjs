// The link that `make run` prints: it signs one browser in, and nobody needs to copy a token. (REQ-WHO-01, C3a)
import assert from "node:assert/strict"
import { test } from "node:test"
import { scene } from "../stage/scene.mjs"

const here = scene()

test("the printed link signs in once, leads on when it is opened again, and is worth nothing elsewhere", async () => {
  const { page } = await here.open({ person: "" })
  await page.goto(here.stack.link)
  await page.waitForURL(`${here.stack.url}/`)
  await page.getByRole("link", { name: "New session" }).first().waitFor()
  assert.equal((await me(page)).signed_in, true)
  await page.goto(here.stack.link)
  await page.waitForURL(`${here.stack.url}/`)

  const { page: other } = await here.open({ person: "" })
  const answer = await other.goto(here.stack.link)
  assert.equal(answer.status(), 410)
  await other.getByText("This link no longer works").waitFor()
  await other.getByRole("link", { name: "Sign in with the token" }).click()
  await other.getByRole("heading", { name: "Sign in" }).waitFor()

  // Another link for another browser, from who is signed in; and after a restart whoever was signed in stays so.
  const { path } = await page.evaluate(() => fetch("/api/v1/links", { method: "POST" }).then((answer) => answer.json()))
  await other.goto(here.stack.url + path)
  await other.waitForURL(`${here.stack.url}/`)
  assert.deepEqual((await me(other)).person, (await me(page)).person)
  await here.stack.killGateway()
  await here.stack.startGateway()
  assert.equal((await me(page)).signed_in, true)
})

test("a process of this machine without the token sees how it does, and nothing else", async () => {
  const status = async (path, options) => (await fetch(here.stack.url + path, options)).status
  assert.equal(await status("/healthz"), 200)
  assert.equal(await status("/readyz"), 200)
  for (const path of ["/me", "/asks", "/sessions", "/cards", "/audit", "/bridge"]) assert.equal(await status(`/api/v1${path}`), 401, path)
  const answer = { method: "POST", headers: { "content-type": "application/json", "x-gateway-person": "anna" }, body: JSON.stringify({ answer: "once" }) }
  assert.equal(await status("/api/v1/asks/per_00000001/answer", answer), 401)
  assert.equal(await status("/api/v1/links", { method: "POST" }), 401)
})

function me(page) {
  return page.evaluate(() => fetch("/api/v1/me").then((answer) => answer.json()))
}
