// The reference of the API at /scalar: every operation of the document, at a desk and on a phone, from this gateway alone.
import assert from "node:assert/strict"
import { test } from "node:test"
import { DESKTOP, PHONE, openPage } from "../stage/browser.mjs"
import { scene } from "../stage/scene.mjs"

const here = scene()

for (const [name, options] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  test(`the reference shows every operation: ${name}`, async () => {
    // REQ-CONSOLE-02
    const document = await (await fetch(`${here.stack.url}/openapi.json`)).json()
    // From the gateway itself, with its own content security policy.
    const opened = await openPage(here.browser, here.stack, { ...options, path: "/scalar" })
    here.opened.push(opened)
    const { page, faults, foreign } = opened
    await page.getByRole("heading", { name: "Sessions", exact: true }).waitFor()
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const operation of Object.values(methods)) {
        const route = page.locator(`#${operation.operationId}`)
        assert.ok((await route.locator("summary").first().innerText()).includes(path), path)
      }
    }
    const answer = page.locator("#post_asks_id_answer")
    await answer.locator("summary").first().click()
    for (const told of ["digest", "idempotency-key", "409", "Reply"]) await answer.getByText(told, { exact: true }).first().waitFor()
    const { wide, room } = await page.evaluate(() => ({ wide: globalThis.document.documentElement.scrollWidth, room: globalThis.innerWidth }))
    assert.ok(wide <= room, `nothing to scroll sideways: ${wide} of ${room}`)
    if (process.env.PICTURES) {
      await answer.scrollIntoViewIfNeeded()
      await page.screenshot({ path: `${process.env.PICTURES}/reference-${name}.png` })
    }
    assert.deepEqual([faults, foreign()], [[], []], "no broken policy, and nobody else is asked")
  })
}
