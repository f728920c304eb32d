// A session that somebody begins in OpenCode's own web UI: its form is a dialog there, and it goes on in a workspace.
import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { call } from "../stage/browser.mjs"
import { scene, until } from "../stage/scene.mjs"

const home = await mkdtemp(join(tmpdir(), "gateway-exploring-"))
const builders = join(home, ".builders")
// The sample repository is known once everything runs.
const make = `git clone -q "$(cat ${home}/source)" ${builders}/$0/repos/sample`
const rules = {
  configure_exploratory: true,
  workspaces: { folder: builders, command: ["sh", "-c", make, "{name}"] },
  repositories: { sample: { directory: home } },
  project_list: join(home, "projectlist.md"),
}
await writeFile(join(home, "gateway.yaml"), JSON.stringify(rules))
await writeFile(join(home, "projectlist.md"), "| id | name | repositories |\n|--|--|--|\n| P-001 | Sample | sample |\n")
const here = scene({ GATEWAY_CONFIG: join(home, "gateway.yaml") })

after(() => rm(home, { recursive: true, force: true }))

/** A session that OpenCode makes itself, as its own page asks it to, and its page. */
async function beginInOpenCode(title) {
  const query = `directory=${encodeURIComponent(here.stack.directory)}`
  const headers = { "content-type": "application/json" }
  const { id } = await (await fetch(`${here.door}/session?${query}`, { method: "POST", headers, body: JSON.stringify({ title }) })).json()
  const address = `/${Buffer.from(here.stack.directory).toString("base64url")}/session/${id}`
  const context = await here.browser.newContext()
  here.opened.push({ context })
  const page = await context.newPage()
  await page.goto(here.door + address)
  return page
}

test("the first write brings a dialog; after it the session goes on in its workspace, and the page follows", async () => {
  // REQ-START-10, REQ-START-11
  await writeFile(join(home, "source"), here.stack.directory)
  const made = await call(here.stack, "POST", "/sessions", { directory: here.stack.directory, title: "Where the door is" })
  const { opencode_url: url } = await call(here.stack, "GET", `/sessions/${made.id}`)
  here.door = new URL(url).origin
  const page = await beginInOpenCode("Explored in the page")
  const composer = page.getByRole("textbox").last()
  await composer.waitFor({ timeout: 60_000 })
  await composer.click()
  await page.keyboard.type("scenario: write")
  await page.keyboard.press("Enter")
  const dialog = page.getByRole("dialog", { name: "Set up this session" })
  await dialog.waitFor({ timeout: 60_000 })
  assert.match(await dialog.innerText(), /note\.txt/)
  const [ask] = await until("the ask", async () => {
    const items = await call(here.stack, "GET", "/asks")
    return items.length > 0 && items
  })
  assert.equal(ask.kind, "configuration")

  // Put off, it comes back when it is wanted.
  await dialog.getByRole("button", { name: "Later" }).click()
  await page.getByRole("button", { name: "Set up this session" }).click()
  await dialog.getByLabel("Workspace name").fill("from-the-dialog")
  await dialog.getByRole("button", { name: "Set up and go on" }).click()

  const place = join(builders, "from-the-dialog", "repos", "sample")
  const permission = await until("the permission to write there", async () => {
    const items = await call(here.stack, "GET", "/asks")
    return items.find((one) => one.kind === "permission" || (one.kind === "configuration" && one.id !== ask.id))
  }, 60_000)
  assert.equal(permission.kind, "permission", "it is not asked twice")
  await call(here.stack, "POST", `/asks/${permission.id}/answer`, { answer: "once" })
  await until("the file", () => existsSync(join(place, "note.txt")), 60_000)
  assert.equal(await readFile(join(place, "note.txt"), "utf8"), "a note\n")
  assert.equal(existsSync(join(here.stack.directory, "note.txt")), false)
  assert.match(permission.directory, /from-the-dialog/)
  await page.getByText("The file is written.").waitFor({ timeout: 60_000 })
})
