// The whole flow, while the gateway is killed and comes back: nothing is lost, nothing old is answerable, and each
// answer counts once.
import assert from "node:assert/strict"
import { mkdir, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { call, DESKTOP, openPage, PHONE } from "../stage/browser.mjs"
import { scene } from "../stage/scene.mjs"
import { until } from "../stage/wait.mjs"

const here = scene()

const PICTURES = fileURLToPath(new URL("../../../target/browser", import.meta.url))

for (const [device, options] of [["desktop", DESKTOP], ["phone", PHONE]]) {
  test(`the gateway is killed three times in one session, on a ${device}`, async () => {
    // REQ-CONSOLE-01, REQ-STATE-03, REQ-ASK-04, REQ-ASK-08, REQ-THREAD-02
    await rm(join(here.stack.directory, "greeting.txt"), { force: true })
    const { page, faults, foreign } = await openAtGateway(options)
    const id = await startDemo(page)
    await page.getByText("I will add a greeting to this repository.").waitFor({ timeout: 30_000 })
    await page.getByRole("button", { name: /^German/ }).click({ timeout: 30_000 })
    await page.getByText("Answered “German” By anna").waitFor()

    await killedWhileAsked(page, device)
    await killedWhileAnswered(page, id, device)
    await denyTheCommand(page)
    await page.locator("[data-kind=milestones]", { hasText: "Write the greeting, then check it" }).waitFor()
    await killedWhileTextStreams(page, id, device)
    await stopped(page, id)

    assert.deepEqual(await page.evaluate(() => window.staleAsks), [], "no stale ask was answerable at any moment")
    assert.deepEqual(faults, [])
    assert.deepEqual(foreign(), [], "no request leaves the machine")
    await eachAnswerCountedOnce(id)
  })
}

/** The console as the gateway itself serves it. */
async function openAtGateway(options) {
  const opened = await openPage(here.browser, here.stack, options)
  here.opened.push(opened)
  await opened.page.evaluate(watchForStaleAsks)
  return opened
}

/**
 * Runs in the page: looks before each frame whether an answer could be given that must not be. What two streams told
 * is drawn in two frames, so only what stands for longer than a finger could use it counts.
 */
function watchForStaleAsks() {
  window.staleAsks = []
  window.answeredAsks = []
  const answers = /^(Allow once|Always allow|Deny|German|English)/
  const USABLE_MS = 100
  let since = new Map()
  const look = (now) => {
    const seen = new Map()
    const offline = document.querySelector("main [data-offline]") !== null
    for (const button of document.querySelectorAll("[data-ask] button:enabled")) {
      const { ask } = button.closest("[data-ask]").dataset
      const stale = offline || window.answeredAsks.includes(ask)
      if (!stale || !answers.test(button.innerText.trim())) continue
      const name = `${ask}: ${button.innerText}, ${offline ? "offline" : "answered"}`
      seen.set(name, since.get(name) ?? now)
      if (now - seen.get(name) > USABLE_MS && !window.staleAsks.includes(name)) window.staleAsks.push(name)
    }
    since = seen
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}

async function startDemo(page) {
  await page.getByRole("link", { name: /^New session|^start a session/ }).first().click()
  await page.getByRole("button", { name: "Add a greeting" }).click()
  await page.getByLabel("Repository").selectOption(here.stack.directory)
  await page.getByRole("button", { name: "Start session" }).click()
  await page.waitForURL(/\/sessions\/ses_/)
  return page.url().split("/").pop()
}

async function killedWhileAsked(page, device) {
  const allow = page.getByRole("button", { name: "Allow once" })
  await allow.waitFor()
  await here.stack.killGateway()
  await offline(page)
  assert.ok(await allow.isDisabled(), "nobody can answer into the void")
  await page.getByText("You're offline.").locator("visible=true").first().waitFor()
  await picture(page, `${device}-offline-ask`)
  await here.stack.startGateway()
  await online(page)
  await until("buttons that can be pressed", () => allow.isEnabled())
  await picture(page, `${device}-back-ask`)
}

/** On the desktop the gateway dies with the answer on the wire; on the phone when it has just confirmed it. */
async function killedWhileAnswered(page, id, device) {
  const [ask] = (await call(here.stack, "GET", "/asks")).filter((ask) => ask.session === id)
  const allow = page.getByRole("button", { name: "Allow once" })
  const wasKilled = new Promise((resolve, reject) => {
    const kill = () => here.stack.killGateway().then(resolve, reject)
    page.route("**/answer", async (route) => {
      if (device === "desktop") {
        await route.continue()
        return kill()
      }
      await route.fetch()
      await page.evaluate((ask) => window.answeredAsks.push(ask), ask.id)
      await kill()
      await route.abort()
    }, { times: 1 }).catch(reject)
  })
  await allow.click()
  await wasKilled
  await offline(page)
  await picture(page, `${device}-offline-answered`)
  await here.stack.startGateway()
  await online(page)
  const taken = page.locator(`[data-ask=${ask.id}]`).getByText("Allowed once By anna")
  const missing = page.getByText(/Your answer didn't get through/)
  await taken.or(missing).first().waitFor()
  if (await missing.isVisible()) {
    assert.equal(device, "desktop", "what was confirmed is kept")
    await allow.click()
  }
  await taken.waitFor()
  await until("the allowed write", async () => (await call(here.stack, "GET", `/asks/${ask.id}`)).state === "applied", 45_000)
  assert.equal(await readFile(join(here.stack.directory, "greeting.txt"), "utf8"), "Hallo, Welt!\n", "in the language that was chosen")
}

async function denyTheCommand(page) {
  const command = page.locator("[data-open=true]", { hasText: "git add greeting.txt" })
  await command.getByRole("button", { name: "Deny with a reason" }).click({ timeout: 45_000 })
  await page.getByLabel("Reason (the agent will read this)").fill("Not needed")
  await page.getByRole("button", { name: "Deny with this reason" }).click()
  await page.getByText("Denied By anna").first().waitFor()
}

async function killedWhileTextStreams(page, id, device) {
  await idle(id)
  await send(page, "Go on\nscenario: slow")
  const text = page.locator("[data-kind=said] .prose", { hasText: "w5 w6" })
  await text.waitFor()
  await here.stack.killGateway()
  await offline(page)
  await picture(page, `${device}-offline-text`)
  await here.stack.startGateway()
  await online(page)
  await page.getByText("w998 w999").waitFor({ timeout: 60_000 })
  const words = (await text.innerText()).trim().split(/\s+/)
  assert.deepEqual(words, Array.from({ length: 1000 }, (_, n) => `w${n}`), "nothing lost, nothing doubled")
}

async function stopped(page, id) {
  await send(page, "Once more\nscenario: slow")
  await until("text that streams", async () => {
    const { items } = await call(here.stack, "GET", `/sessions/${id}/thread`)
    return items.some((item) => item.kind === "said" && item.by.who === "agent" && !item.complete && item.text.includes("w5"))
  }, 45_000)
  await page.getByRole("button", { name: "Stop", exact: true }).click({ timeout: 30_000 })
  await until("the end of the turn", async () => !(await page.getByRole("button", { name: "Stop", exact: true }).isVisible()))
}

async function eachAnswerCountedOnce(id) {
  const { entries } = await call(here.stack, "GET", `/audit?session=${id}`)
  const answered = entries.filter((entry) => entry.what === "answered").map((entry) => entry.ask)
  assert.equal(answered.length, 3, JSON.stringify(entries))
  assert.equal(new Set(answered).size, 3, "each ask was decided once")
  const states = await Promise.all(answered.map(async (ask) => (await call(here.stack, "GET", `/asks/${ask}`)).state))
  assert.deepEqual(states, ["applied", "applied", "applied"])
  const { messages } = await call(here.stack, "GET", `/sessions/${id}/messages`)
  const tools = messages.flatMap((message) => message.parts ?? []).filter((part) => part.kind === "tool").map((part) => part.tool)
  for (const tool of ["question", "write", "bash"]) assert.equal(tools.filter((name) => name === tool).length, 1, `${tool} was called once`)
}

async function send(page, text) {
  await page.getByLabel("Message to the agent").fill(text)
  await page.getByRole("button", { name: "Send" }).click()
}

function idle(id) {
  return until("an idle agent", async () => (await call(here.stack, "GET", "/cards")).find((card) => card.session === id)?.doing === "idle", 45_000)
}

/** The page itself says so, without being touched. */
function offline(page) {
  return page.locator("main [data-offline]").waitFor()
}

function online(page) {
  return page.locator("main [data-offline]").waitFor({ state: "detached", timeout: 45_000 })
}

async function picture(page, name) {
  await mkdir(PICTURES, { recursive: true })
  await page.screenshot({ path: join(PICTURES, `restart-${name}.png`) })
}
