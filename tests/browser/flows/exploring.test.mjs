// A session that somebody begins in OpenCode's own web UI: its form is a dialog there, and it goes on in a workspace.
import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { call, known, signIn } from "../stage/browser.mjs"
import { scene } from "../stage/scene.mjs"
import { WITHOUT_GATE } from "../stage/stack.mjs"
import { until } from "../stage/wait.mjs"

const home = await mkdtemp(join(tmpdir(), "gateway-exploring-"))
const builders = join(home, ".builders")
// The sample repository is known once everything runs.
const make = `git clone -q "$(cat ${home}/source)" ${builders}/$0/repos/sample`
const rules = {
  gate: WITHOUT_GATE,
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
  const headers = known(here.stack, "anna")
  const { id } = await (await fetch(`${here.door}/session?${query}`, { method: "POST", headers, body: JSON.stringify({ title }) })).json()
  const address = `/${Buffer.from(here.stack.directory).toString("base64url")}/session/${id}`
  const context = await here.browser.newContext()
  here.opened.push({ context })
  await signIn(context, here.stack, "anna")
  const page = await context.newPage()
  await page.goto(here.door + address)
  return page
}

/** A page of OpenCode with its dialog, after a person has asked the agent to write something. */
async function dialogAfterAWrite(title) {
  await writeFile(join(home, "source"), here.stack.directory)
  const made = await call(here.stack, "POST", "/sessions", { directory: here.stack.directory, title: "Where the door is" })
  here.door = new URL((await call(here.stack, "GET", `/sessions/${made.id}`)).opencode_url).origin
  const page = await beginInOpenCode(title)
  const composer = page.getByRole("textbox").last()
  await composer.waitFor({ timeout: 60_000 })
  await composer.click()
  await page.keyboard.type("scenario: write")
  await page.keyboard.press("Enter")
  const dialog = page.getByRole("dialog", { name: "Set up this session" })
  await dialog.waitFor({ timeout: 60_000 })
  return { page, dialog }
}

const theAsk = () => until("the ask", async () => (await call(here.stack, "GET", "/asks"))[0])

/** It is asked for the permission to write in the workspace, and not for the set-up once more; then it writes only there. */
async function goesOnIn(name, { page, form }) {
  const permission = await until("the permission to write there", async () => {
    const items = await call(here.stack, "GET", "/asks")
    return items.find((one) => one.kind === "permission" || (one.kind === "configuration" && one.id !== form.id))
  }, 60_000)
  assert.equal(permission.kind, "permission", "it is not asked twice")
  assert.match(permission.directory, new RegExp(name))
  await call(here.stack, "POST", `/asks/${permission.id}/answer`, { answer: "once" })
  const place = join(builders, name, "repos", "sample")
  await until("the file", () => existsSync(join(place, "note.txt")), 60_000)
  assert.equal(await readFile(join(place, "note.txt"), "utf8"), "a note\n")
  assert.equal(existsSync(join(here.stack.directory, "note.txt")), false)
  await page.getByText("The file is written.").waitFor({ timeout: 60_000 })
}

test("the first write brings a dialog; after it the session goes on in its workspace, and the page follows", async () => {
  // REQ-START-10, REQ-START-11
  const { page, dialog } = await dialogAfterAWrite("Explored in the page")
  assert.match(await dialog.innerText(), /note\.txt/)
  const form = await theAsk()
  assert.equal(form.kind, "configuration")

  // Put off, it comes back when it is wanted.
  await dialog.getByRole("button", { name: "Later" }).click()
  await page.getByRole("button", { name: "Set up this session" }).click()
  await dialog.getByLabel("Workspace name").fill("from-the-dialog")
  await dialog.getByRole("button", { name: "Save and continue" }).click()
  await goesOnIn("from-the-dialog", { page, form })
})

test("the gateway dies while the dialog is open and again after it is sent: the same form is taken once", async () => {
  // REQ-START-10, REQ-START-11, REQ-ASK-08
  const { page, dialog } = await dialogAfterAWrite("Explored across a crash")
  const form = await theAsk()
  await dialog.getByLabel("Workspace name").fill("across-a-crash")
  await here.stack.killGateway()
  await here.stack.startGateway()
  assert.equal((await theAsk()).id, form.id, "the same form")
  assert.equal(await dialog.getByLabel("Workspace name").inputValue(), "across-a-crash", "what was typed stays")
  await dialog.getByRole("button", { name: "Save and continue" }).click()
  await dialog.waitFor({ state: "hidden", timeout: 60_000 })
  await here.stack.killGateway()
  await here.stack.startGateway()
  await goesOnIn("across-a-crash", { page, form })
})
