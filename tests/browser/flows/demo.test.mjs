// The demo to its end as people have it, with gate and guard: what is asked, what ran, and what changed.
import assert from "node:assert/strict"
import { test } from "node:test"
import { call, DESKTOP, PHONE } from "../stage/browser.mjs"
import { assertAccessible, keepPicture } from "../stage/look.mjs"
import { scene } from "../stage/scene.mjs"
import { AS_PEOPLE_HAVE_IT } from "../stage/stack.mjs"
import { until } from "../stage/wait.mjs"

const here = scene(AS_PEOPLE_HAVE_IT)

const PATIENCE_MS = 90_000

// The second one finds what the first has written, so it writes something else.
for (const [device, screen, language] of [["desktop", DESKTOP, /^English/], ["phone", PHONE, /^German/]]) {
  test(`the demo asks for what it says, and shows what it changed, on a ${device}`, async () => {
    // REQ-FRONT-04, REQ-THREAD-04: the command was let run by a rule, and no change was ever listed.
    const { page, faults } = await here.open({ ...screen, path: "/start" })
    await page.getByRole("button", { name: "Add a greeting" }).click()
    await page.getByRole("button", { name: "Start session" }).click({ timeout: PATIENCE_MS })
    await page.waitForURL(/\/sessions\/ses_/, { timeout: PATIENCE_MS })
    const id = new URL(page.url()).pathname.split("/").at(-1)
    await page.getByRole("button", { name: language }).click({ timeout: PATIENCE_MS })
    await page.locator("[data-open=true]", { hasText: "greeting.txt" }).getByRole("button", { name: "Allow once" }).click()
    const command = page.locator("[data-open=true]", { hasText: "git add greeting.txt" })
    await command.getByRole("button", { name: "Allow once" }).waitFor()
    await keepPicture(page, `demo-command-${device}`)
    await command.getByRole("button", { name: "Allow once" }).click()
    await page.getByText("The greeting is in").waitFor()
    const listed = async () => (await call(here.stack, "GET", `/sessions/${id}/diff`)).files.map(({ path }) => path)
    await until("the change", async () => (await listed()).includes("greeting.txt"), 30_000)
    if (device === "desktop") await page.getByRole("complementary").getByText("greeting.txt").first().waitFor()
    await keepPicture(page, `demo-done-${device}`)
    await assertAccessible(page)
    assert.deepEqual(faults, [])
  })
}
