// What a project's rules do to an ask: a call that is held, a call that needs two people, a name that may not answer.
import assert from "node:assert/strict"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { call, makeSession, PHONE, script } from "../stage/browser.mjs"
import { scene } from "../stage/scene.mjs"
import { until } from "../stage/wait.mjs"

const folder = await mkdtemp(join(tmpdir(), "rules-"))
const RULES = `approvers: ['web:anna', 'web:ben']
risky: [{ pattern: 'echo pushed*', why: it leaves this machine }]
gate: { mode: off, unguarded: allow }
`
await writeFile(join(folder, "gateway.yaml"), RULES)
after(() => rm(folder, { recursive: true, force: true }))

const here = scene({ GATEWAY_CONFIG: join(folder, "gateway.yaml") })

const push = `Push\n${script({ tools: [{ name: "bash", args: { command: "echo pushed > pushed.txt", description: "Push" } }] }, { text: "Pushed." })}`

test("a held write waits for a person, on a phone; a refused one is not made and the agent reads why", async () => {
  // REQ-PLUGIN-05, REQ-ASK-01
  const id = await makeSession(here.stack, "Held", "Hello")
  await call(here.stack, "POST", `/sessions/${id}/hold`, { hold: "writes" })
  const { page, faults } = await here.open({ ...PHONE, path: `/sessions/${id}` })
  await send(page, `Write\n${script({ tools: [{ name: "write", args: { filePath: "held.txt", content: "held\n" } }] }, { text: "Written." })}`)
  const card = page.locator("[data-thread] [data-ask]")
  await card.getByRole("heading", { name: "The agent wants to write a file" }).waitFor({ timeout: 60_000 })
  assert.equal(await written("held.txt"), undefined, "it waits")
  await card.getByRole("button", { name: "Deny with a reason" }).click()
  await page.getByLabel("Reason (the agent will read this)").fill("Not in this directory")
  await page.getByRole("button", { name: "Deny with this reason" }).click()
  await card.getByText("Denied By anna").waitFor()
  await until("the refusal in the thread", async () => JSON.stringify(await call(here.stack, "GET", `/sessions/${id}/messages`)).includes("Not in this directory"), 60_000)
  assert.equal(await written("held.txt"), undefined)
  assert.deepEqual(faults, [])
})

test("what is risky needs two people; a third name and the same name twice do not count", async () => {
  // REQ-ASK-05, REQ-ASK-06
  const id = await makeSession(here.stack, "Risky", push)
  const anna = await here.open({ path: `/sessions/${id}`, person: "anna" })
  const ben = await here.open({ path: `/sessions/${id}`, person: "ben" })
  const carl = await here.open({ path: `/sessions/${id}`, person: "carl" })
  await anna.page.getByText("it leaves this machine").waitFor({ timeout: 60_000 })
  await pressAllow(carl.page)
  await carl.page.getByRole("alert").getByText("You can't answer for this project. Ask one of its approvers.").waitFor()
  await pressAllow(anna.page)
  await ben.page.getByText(/Approved by anna,.*One more approval is needed\.$/).waitFor()
  assert.equal((await askOf(id)).state, "open", "one is not enough")
  // B28: nothing to press that would do nothing.
  await anna.page.getByText("Waiting for a second approver.").waitFor()
  assert.equal(await anna.page.getByRole("button", { name: "Allow once" }).count(), 0)
  await anna.page.reload()
  await anna.page.getByText("Waiting for a second approver.").waitFor()
  assert.equal(await ben.page.getByRole("button", { name: "Allow once" }).isEnabled(), true)
  const { id: ask, digest } = await askOf(id)
  // Past her page, which shows her no button any more.
  const again = { path: `/api/v1/asks/${ask}/answer`, body: JSON.stringify({ answer: "once", digest }) }
  await anna.page.evaluate(({ path, body }) => fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body }), again)
  assert.equal((await askOf(id)).state, "open", "the same person twice is one")
  await pressAllow(ben.page)
  await ben.page.getByText(/^Pushed\.$/).waitFor({ timeout: 60_000 })
  assert.equal(await written("pushed.txt"), "pushed\n")
})

async function send(page, text) {
  await page.getByLabel("Message to the agent").fill(text)
  await page.getByRole("button", { name: /^Send/ }).click()
}

/** Until the gateway has said what it made of it. */
async function pressAllow(page) {
  const told = page.waitForResponse((response) => response.url().endsWith("/answer"))
  await page.getByRole("button", { name: "Allow once" }).click()
  await told
}

async function askOf(session) {
  return (await call(here.stack, "GET", "/asks")).find((ask) => ask.session === session)
}

function written(name) {
  return readFile(join(here.stack.directory, name), "utf8").catch(() => undefined)
}
