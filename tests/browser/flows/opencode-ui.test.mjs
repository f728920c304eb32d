// OpenCode's own web UI through the gateway's door, in a real browser.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { call, launch, makeSession, signIn } from "../stage/browser.mjs"
import { scene } from "../stage/scene.mjs"
import { until } from "../stage/wait.mjs"
import { freePort, startGateway } from "../stage/stack.mjs"

const TOKEN = "a-token-of-the-tests"
const here = scene()

/** A tab on the page that the session's card links to. */
async function openLink(session) {
  const { opencode_url: url } = await call(here.stack, "GET", `/sessions/${session}`)
  const context = await here.browser.newContext()
  here.opened.push({ context })
  await signIn(context, here.stack, "anna")
  const page = await context.newPage()
  await page.goto(url)
  return { page, url }
}

async function presentOn(session) {
  return (await call(here.stack, "GET", "/presence")).filter((present) => present.session === session)
}

test("a prompt and Allow once work in OpenCode's own UI, and the gateway sees them", async () => {
  // REQ-PLUGIN-03, REQ-ASK-08
  const id = await makeSession(here.stack, "Through OpenCode's own UI")
  const { page } = await openLink(id)
  const composer = page.getByRole("textbox").last()
  await composer.waitFor()
  await composer.click()
  await page.keyboard.type("scenario: bash")
  await page.keyboard.press("Enter")
  await page.getByRole("button", { name: "Allow once" }).click()
  const settled = await until("the ask to be settled", async () => {
    const { items } = await call(here.stack, "GET", `/sessions/${id}/thread`)
    return items.find((item) => item.kind === "ask" && item.ask.state === "answered_elsewhere")
  })
  assert.equal(settled.ask.kind, "permission")
})

test("whoever opens a session there is present on it, and on the next one when they go on", async () => {
  // REQ-START-11
  const [one, other] = [await makeSession(here.stack, "First there"), await makeSession(here.stack, "Then here")]
  const { page } = await openLink(one)
  const [first] = await until("a beat", async () => {
    const found = await presentOn(one)
    return found.length > 0 && found
  })
  assert.equal(first.person.name, "anna")
  assert.deepEqual(await presentOn(other), [])
  await page.evaluate((to) => history.pushState(null, "", location.pathname.replace(/ses_\w+/, to)), other)
  await page.mouse.move(200, 200)
  await until("a beat on the other session", async () => (await presentOn(other)).length > 0)
})

test("a terminal of the page's own origin answers", async () => {
  const { page } = await openLink(await makeSession(here.stack, "With a terminal"))
  const shown = await page.evaluate(async (directory) => {
    const query = `?directory=${encodeURIComponent(directory)}`
    const made = await fetch(`/pty${query}`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" })
    const { id } = await made.json()
    const socket = new WebSocket(`ws://${location.host}/pty/${id}/connect${query}`)
    socket.binaryType = "arraybuffer"
    return new Promise((resolve, reject) => {
      let text = ""
      setTimeout(() => reject(new Error(`only ${JSON.stringify(text)}`)), 10_000)
      socket.onopen = () => socket.send("echo sum-$((40+2))\n")
      socket.onerror = () => reject(new Error("no socket"))
      socket.onmessage = ({ data }) => {
        text += typeof data === "string" ? data : new TextDecoder().decode(data)
        if (text.includes("sum-42")) resolve(text)
      }
    })
  }, here.stack.directory)
  assert.match(shown, /sum-42/)
})

test("the console links to the session there", async () => {
  // REQ-THREAD-01
  const id = await makeSession(here.stack, "Linked")
  const { page } = await here.open({ path: `/sessions/${id}` })
  const link = page.getByRole("complementary", { name: "About this session" }).getByRole("link", { name: "Open in OpenCode" })
  const { opencode_url: url } = await call(here.stack, "GET", `/sessions/${id}`)
  assert.equal(await link.getAttribute("href"), url)
})

let gateway, browser, door

before(async () => {
  door = await freePort()
  // Nobody answers there: this is about who is let in.
  gateway = await startGateway({
    GATEWAY_API_TOKEN: TOKEN,
    GATEWAY_OPENCODE_URL: "http://127.0.0.1:9",
    GATEWAY_OPENCODE_UI_LISTEN: `127.0.0.1:${door}`,
    GATEWAY_OPENCODE_UI_URL: `http://opencode.localhost:${door}`,
  })
  browser = await launch()
})

after(async () => {
  await browser?.close()
  await gateway?.stop()
})

test("the console's sign-in opens the door on another host, also from another site's link", async () => {
  // REQ-CONSOLE-03
  const context = await browser.newContext()
  const page = await context.newPage()
  const wanted = `http://opencode.localhost:${door}/L3dvcms/session/ses_00000001`
  assert.equal((await page.goto(wanted)).status(), 401)
  await page.getByRole("link", { name: "Sign in" }).click()
  await page.getByRole("link", { name: "Sign in at the console" }).waitFor()
  const answer = await context.request.post(`${gateway.url}/api/v1/sign-in`, { data: { token: TOKEN, name: "anna" } })
  assert.equal(answer.status(), 200)
  await page.getByRole("link", { name: "continue to OpenCode" }).click()
  // Let in: what is said now is of OpenCode, which is away.
  await page.waitForURL(wanted)
  await page.getByText("OpenCode isn't answering").waitFor()
  // A link on another site: the strict cookie does not come along, and the page asks once more.
  await page.goto("about:blank")
  await page.route("http://elsewhere.test/", (route) => route.fulfill({ contentType: "text/html", body: `<a href="${wanted}">open</a>` }))
  await page.goto("http://elsewhere.test/")
  await page.getByRole("link", { name: "open" }).click()
  await page.getByText("OpenCode isn't answering").waitFor()
  await context.close()
})
