// Notifications of asks: through the service worker, only after a person's own tap, and gone once the ask is settled.
import assert from "node:assert/strict"
import { test } from "node:test"
import { call, makeSession } from "../stage/browser.mjs"
import { scene, until } from "../stage/scene.mjs"

const here = scene()

const shown = (page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration()
    const notifications = (await registration?.getNotifications()) ?? []
    return notifications.map(({ title, body, tag, data }) => ({ title, body, tag, path: data?.path }))
  })

test("an ask is told to whoever looks elsewhere, leads to its thread, and the note goes when it is settled", async () => {
  // REQ-CONSOLE-01, REQ-ASK-01
  const { page, context, faults } = await here.open({ path: "/settings" })
  await context.grantPermissions(["notifications"], { origin: here.front.url })
  assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()) === undefined), true, "nothing before a tap")
  await page.getByRole("switch").click()
  await until("the worker", () => page.evaluate(async () => Boolean((await navigator.serviceWorker.getRegistration())?.active)))
  // Somebody looks at another page.
  await page.evaluate(() => Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" }))
  const id = await makeSession(here.stack, "Tells", "scenario: bash")
  const asked = await until("the ask", async () => (await call(here.stack, "GET", "/asks")).find((ask) => ask.session === id))
  const [note] = await until("the notification", async () => {
    const notes = await shown(page)
    return notes.length > 0 && notes
  })
  assert.deepEqual(note, { title: "Tells waits for you", body: "Run echo ran >> ran.txt", tag: asked.id, path: `/sessions/${id}` })
  // What the worker says after a tap.
  await page.evaluate((path) => navigator.serviceWorker.dispatchEvent(new MessageEvent("message", { data: { open: path } })), note.path)
  await page.waitForURL(new RegExp(`/sessions/${id}$`))
  await call(here.stack, "POST", `/asks/${asked.id}/answer`, { answer: "deny", reason: "no", digest: asked.digest })
  await until("no notification", async () => (await shown(page)).length === 0)
  assert.deepEqual(faults, [])
})
