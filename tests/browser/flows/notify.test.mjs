// Notifications of asks: through the service worker, only after a person's own tap, and gone once the ask is settled.
import assert from "node:assert/strict"
import { test } from "node:test"
import { call, makeSession } from "../stage/browser.mjs"
import { scene } from "../stage/scene.mjs"
import { until } from "../stage/wait.mjs"

const here = scene()

const shown = (page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration()
    const notifications = (await registration?.getNotifications()) ?? []
    return notifications.map(({ title, body, tag, data }) => ({ title, body, tag, path: data?.path }))
  })

/** Somebody who wants to be told, and who looks at another page. */
async function lookingElsewhere() {
  const { page, context, faults } = await here.open({ path: "/settings" })
  await context.grantPermissions(["notifications"], { origin: here.front.url })
  assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()) === undefined), true, "nothing before a tap")
  await page.getByRole("switch").click()
  await until("the worker", () => page.evaluate(async () => Boolean((await navigator.serviceWorker.getRegistration())?.active)))
  await page.evaluate(() => Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" }))
  return { page, faults }
}

const asked = (id) => until("the ask", async () => (await call(here.stack, "GET", "/asks")).find((ask) => ask.session === id))

const told = (page) =>
  until("the notification", async () => (await shown(page))[0]).catch(async (error) => {
    const state = await page.evaluate(() => ({ title: document.title, may: Notification.permission, on: { ...localStorage } }))
    throw new Error(`${error.message} The page: ${JSON.stringify(state)}`)
  })

test("an ask is told to whoever looks elsewhere, leads to its thread, and the note goes when it is settled", async () => {
  // REQ-CONSOLE-01, REQ-ASK-01
  const { page, faults } = await lookingElsewhere()
  const id = await makeSession(here.stack, "Tells", "scenario: bash")
  const ask = await asked(id)
  const note = await told(page)
  assert.deepEqual(note, { title: "Tells needs your input", body: "Run echo ran >> ran.txt?", tag: ask.id, path: `/sessions/${id}` })
  // What the worker says after a tap.
  await page.evaluate((path) => navigator.serviceWorker.dispatchEvent(new MessageEvent("message", { data: { open: path } })), note.path)
  await page.waitForURL(new RegExp(`/sessions/${id}$`))
  await call(here.stack, "POST", `/asks/${ask.id}/answer`, { answer: "deny", reason: "no", digest: ask.digest })
  await until("no notification", async () => (await shown(page)).length === 0)
  assert.deepEqual(faults, [])
})

test("an ask is told also when what was asked for first got lost while nobody looked", async () => {
  // REQ-CONSOLE-01
  const { page } = await lookingElsewhere()
  here.front.lose("/api/v1/asks", 2)
  const id = await makeSession(here.stack, "Tells again", "scenario: bash")
  await asked(id)
  assert.equal((await told(page)).title, "Tells again needs your input")
})
