// A lab in the console, on a desktop and on a phone: deployed, allowed, looked at, broken, retried, cleaned up.
import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { call, PHONE } from "../stage/browser.mjs"
import { assertAccessible, keepPicture } from "../stage/look.mjs"
import { scene } from "../stage/scene.mjs"
import { WITHOUT_GATE } from "../stage/stack.mjs"
import { until } from "../stage/wait.mjs"

const home = await mkdtemp(join(tmpdir(), "gateway-labs-"))
const shop = join(home, "shop")
const SERVER = "require('node:http').createServer((asked, answer) => answer.end('hello from the lab')).listen(process.env.PORT, '127.0.0.1')"
await mkdir(shop)
await writeFile(join(shop, "server.js"), SERVER)
await writeFile(join(shop, "package.json"), JSON.stringify({ scripts: { start: "node server.js" } }))
const git = (...args) => execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.org", ...args], { cwd: shop })
git("init", "-q")
git("add", ".")
git("commit", "-q", "-m", "The first")
await writeFile(join(home, "gateway.yaml"), JSON.stringify({
  gate: WITHOUT_GATE,
  lab: { unguarded: "allow" },
  workspaces: { folder: join(home, ".builders") },
  repositories: { shop: { directory: shop } },
}))
const here = scene({ GATEWAY_CONFIG: join(home, "gateway.yaml") })

after(() => rm(home, { recursive: true, force: true }))

const labOf = async (session) => (await call(here.stack, "GET", `/sessions/${session}/lab`)).lab
const standing = (session, wanted) => until(`a lab that is ${wanted}`, async () => (await labOf(session))?.standing === wanted, 30_000)
const start = (name) => call(here.stack, "POST", "/sessions", { title: `Shop ${name}`, key: `startkey${name}`, workspace: { name: `shop-${name}`, repositories: ["shop"] } })

test("a server is deployed from the panel, allowed in the thread, breaks with its log, is retried and cleaned up", async () => {
  // REQ-LAB-04, REQ-LAB-05, REQ-LAB-06, REQ-LAB-07
  const { id, directory } = await start("desktop")
  const { page, faults } = await here.open({ path: `/sessions/${id}`, viewport: { width: 1280, height: 900 } })
  const panel = page.getByLabel("About this session")
  await panel.getByRole("button", { name: "Deploy to lab" }).click()
  const card = page.locator("[data-thread] [data-open=true]")
  await card.getByText(/npm start \(from package.json\)/).waitFor({ timeout: 30_000 })
  const deployed = Date.now()
  await keepPicture(page, "lab-asked-desktop")
  await assertAccessible(page)
  await card.getByRole("button", { name: "Deploy" }).click()
  await panel.getByRole("link", { name: "Open lab" }).waitFor({ timeout: 30_000 })
  await page.getByText(/Deployment ready in/).waitFor()
  await keepPicture(page, "lab-ready-desktop")
  await assertAccessible(page)
  const link = await panel.getByRole("link", { name: "Open lab" }).getAttribute("href")
  assert.equal(await (await fetch(link)).text(), "hello from the lab")

  await writeFile(join(directory, "server.js"), "console.error('boom'); process.exit(3)")
  // A second deployment within two seconds counts as a double click.
  await until("two seconds since the first deployment", () => Date.now() - deployed > 2_000)
  await panel.getByRole("button", { name: "Redeploy" }).click()
  await standing(id, "failed")
  await page.getByText(/Deployment failed\. The app ended by itself: exit code 3/).waitFor()
  await panel.getByRole("button", { name: "Log" }).click()
  await page.getByRole("dialog").getByText(/boom/).waitFor()
  await keepPicture(page, "lab-log-desktop")
  await page.keyboard.press("Escape")
  await keepPicture(page, "lab-failed-desktop")

  await panel.getByRole("button", { name: "Clean up…" }).click()
  await page.getByRole("dialog").getByRole("button", { name: "Remove it" }).click()
  await panel.getByText("Not deployed").waitFor({ timeout: 30_000 })
  assert.deepEqual(faults, [])
})

test("on a phone the menu deploys, and the link is in the header", async () => {
  // REQ-LAB-04, REQ-CONSOLE-01
  const { id } = await start("phone")
  const { page, faults } = await here.open({ path: `/sessions/${id}`, ...PHONE })
  await page.getByRole("button", { name: "More for this session" }).tap()
  await page.getByRole("menuitem", { name: "Deploy to lab" }).tap()
  const card = page.locator("[data-thread] [data-open=true]")
  await card.getByText(/npm start/).first().waitFor({ timeout: 30_000 })
  await keepPicture(page, "lab-asked-phone")
  await card.getByRole("button", { name: "Deploy" }).tap()
  await page.getByRole("link", { name: "Open lab" }).first().waitFor({ timeout: 30_000 })
  await keepPicture(page, "lab-ready-phone")
  await page.getByRole("button", { name: "About this session" }).tap()
  await page.getByRole("button", { name: "Clean up…" }).first().scrollIntoViewIfNeeded()
  await keepPicture(page, "lab-panel-phone")
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true)
  assert.deepEqual(faults, [])
})
