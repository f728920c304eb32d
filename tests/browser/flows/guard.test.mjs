// How a session's agent is guarded, as people see it: guarded, partly guarded, UNGUARDED. The pods are doubles; what a real one
// says of itself is tested in `tests/it/real_guard.rs`.
import assert from "node:assert/strict"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { call, launch, openPage, PHONE } from "../stage/browser.mjs"
import { startFront } from "../stage/front.mjs"
import { assertAccessible, keepPicture } from "../stage/look.mjs"
import { connectPod } from "../stage/pod.mjs"
import { startGateway } from "../stage/stack.mjs"

const WIDE = { viewport: { width: 1400, height: 900 } }

const closed = { gate: true, repository: [], unasked: [] }
const LEVELS = {
  guarded: {
    hello: { guard: { abi: 9, missing: [] }, effective: closed },
    says: ["guarded"],
  },
  partly: {
    hello: {
      guard: { abi: 7, missing: ["reaching sockets in the file system"] },
      // Where the gate is off OpenCode alone decides what it asks about, so that is told too.
      effective: { gate: false, repository: ["its skills", "its plugins and packages, which run inside OpenCode"], unasked: ["build: edit, bash"] },
    },
    says: ["partly guarded", "Gaps:", "reaching sockets in the file system", "what a repository brings: its skills", "OpenCode by itself doesn't ask about:", "build: edit, bash"],
  },
  unguarded: {
    hello: { guard: { abi: 0, missing: [], refused: "OpenCode's `shell` is not the guarded one." }, effective: closed },
    says: ["UNGUARDED", "OpenCode's `shell` is not the guarded one."],
  },
}

const here = { pods: [], sessions: {}, opened: [] }

before(async () => {
  here.folder = await mkdtemp(join(tmpdir(), "guard-"))
  // Else no session starts where nothing guards it.
  await writeFile(join(here.folder, "gateway.yaml"), "gate: { unguarded: allow }\n")
  here.gateway = await startGateway({ GATEWAY_CONFIG: join(here.folder, "gateway.yaml") })
  here.front = await startFront(here.gateway)
  here.browser = await launch()
  for (const [level, { hello }] of Object.entries(LEVELS)) {
    here.pods.push(await connectPod(here.gateway, `${level}-0`, hello))
    const made = await call(here.gateway, "POST", "/sessions", { pod: `${level}-0`, directory: "/work/web", title: `This one is ${level}` })
    assert.ok(made.id, JSON.stringify(made))
    here.sessions[level] = made.id
  }
})

after(async () => {
  await here.browser?.close()
  for (const pod of here.pods) pod.close()
  await here.front?.stop()
  await here.gateway?.stop()
  await rm(here.folder, { recursive: true, force: true })
})

for (const [level, { says }] of Object.entries(LEVELS)) {
  for (const theme of ["light", "dark"]) {
    for (const [name, screen] of Object.entries({ desktop: WIDE, phone: PHONE })) {
      test(`a session that is ${level} says so: ${name}, ${theme}`, async () => {
        // REQ-GATE-05
        const { page, context, faults } = await openPage(here.browser, here.front, { ...screen, theme, path: `/sessions/${here.sessions[level]}` })
        const above = page.getByRole("heading", { level: 1 }).locator("..")
        await above.getByText("Ready").waitFor()
        assert.equal(await above.locator("[data-unguarded]", { hasText: "UNGUARDED" }).count(), level === "unguarded" ? 1 : 0, "seen without opening anything")
        await keepPicture(page, `guard-${level}-${name}-${theme}`)
        if (name === "phone") await page.getByRole("button", { name: "About this session" }).tap()
        const card = page.locator(`[data-guard=${level}]:visible`)
        await card.scrollIntoViewIfNeeded()
        for (const words of says) await card.getByText(words, { exact: true }).first().waitFor()
        const { scrollWidth, innerWidth } = await page.evaluate(() => ({ scrollWidth: document.documentElement.scrollWidth, innerWidth }))
        assert.ok(scrollWidth <= innerWidth, "nothing is wider than the page")
        await keepPicture(page, `guard-${level}-${name}-${theme}-about`)
        await assertAccessible(page)
        assert.deepEqual(faults, [])
        await context.close()
      })
    }
  }
}

test("the settings name each pod with how its agents are guarded", async () => {
  // REQ-GATE-05
  const { page, context } = await openPage(here.browser, here.front, { path: "/settings" })
  await page.getByText("Agents are guarded", { exact: true }).waitFor()
  await page.getByText(/^Agents are partly guarded: reaching sockets/).waitFor()
  await page.getByText(/^Agents are UNGUARDED: OpenCode's/).waitFor()
  await keepPicture(page, "guard-settings")
  await context.close()
})
