// What goes wrong: lost connections, two answers at once, hostile text, huge messages, wrong addresses, double sends.
import assert from "node:assert/strict"
import { test } from "node:test"
import { call, makeSession, script } from "../stage/browser.mjs"
import { scene } from "../stage/scene.mjs"
import { until } from "../stage/wait.mjs"

const here = scene()

const openAsk = (session) => until("an ask", async () => (await call(here.stack, "GET", "/asks")).find((ask) => ask.session === session))

test("two tabs answer: the first one counts, the second person is told who was first", async () => {
  // REQ-ASK-03
  const id = await makeSession(here.stack, "Two tabs", "scenario: bash")
  const ask = await openAsk(id)
  const anna = await here.open({ path: `/sessions/${id}`, person: "anna" })
  const ben = await here.open({ path: `/sessions/${id}`, person: "ben" })
  const [mine, his] = [anna, ben].map(({ page }) => page.getByRole("button", { name: "Allow once" }))
  await Promise.all([mine.waitFor(), his.waitFor()])
  // Both press; Ben's answer is on the wire while Anna's is taken.
  let annaWasTaken
  const taken = new Promise((resolve) => (annaWasTaken = resolve))
  await ben.page.route("**/answer", async (route) => {
    await taken
    await route.continue()
  })
  await his.click()
  await mine.click()
  const kept = await until("the decision", async () => (await call(here.stack, "GET", `/asks/${ask.id}`)).decision)
  annaWasTaken()
  assert.equal(kept.by.name, "anna")
  for (const { page } of [anna, ben]) await page.getByText("Allowed once By anna").first().waitFor()
  await ben.page.getByText(/anna answered first: .* Your answer wasn't used\./).waitFor()
  await until("the command", async () => (await call(here.stack, "GET", `/asks/${ask.id}`)).state === "applied")
})

test("a lost connection: what is shown can't be answered, and comes back by itself", async () => {
  // REQ-ASK-08, REQ-CONSOLE-02
  const id = await makeSession(here.stack, "Lost", "scenario: bash")
  const ask = await openAsk(id)
  const { page } = await here.open({ path: `/sessions/${id}` })
  const allow = page.getByRole("button", { name: "Allow once" })
  await allow.waitFor()
  here.front.cut()
  await page.locator("main [data-offline]").waitFor()
  assert.ok(await allow.isDisabled(), "no stale ask is answerable")
  // Said once, at the top (B32).
  assert.equal(await page.locator("main").getByText(/offline/).count(), 1)
  // Answered by somebody else meanwhile: after the reconnect that is what counts.
  await call(here.stack, "POST", `/asks/${ask.id}/answer`, { answer: "deny", reason: "no", digest: ask.digest }, "ben")
  here.front.mend()
  await page.getByText("Denied By ben").first().waitFor({ timeout: 30_000 })
  assert.equal(await allow.count(), 0)
  assert.equal(await page.locator("main [data-offline]").count(), 0)
})

test("the connection breaks while answering: nothing is claimed, and the snapshot decides", async () => {
  // REQ-ASK-04
  const id = await makeSession(here.stack, "Breaks", "scenario: bash")
  const ask = await openAsk(id)
  const { page } = await here.open({ path: `/sessions/${id}` })
  await page.getByRole("button", { name: "Allow once" }).waitFor()
  here.front.breakOnAnswer()
  await page.getByRole("button", { name: "Allow once" }).click()
  await page.getByText(/The connection dropped while sending/).waitFor()
  here.front.mend()
  await page.getByText("Allowed once By anna").first().waitFor({ timeout: 30_000 })
  const kept = await call(here.stack, "GET", `/asks/${ask.id}`)
  assert.equal(kept.decision.by.name, "anna")
})

test("the connection breaks before the answer arrives: it is asked again", async () => {
  // REQ-ASK-04
  const id = await makeSession(here.stack, "Breaks before", "scenario: bash")
  await openAsk(id)
  const { page } = await here.open({ path: `/sessions/${id}` })
  await page.getByRole("button", { name: "Allow once" }).waitFor()
  await page.route("**/answer", (route) => route.abort(), { times: 1 })
  await page.getByRole("button", { name: "Allow once" }).click()
  await page.getByText(/The connection dropped while sending/).waitFor()
  here.front.cut()
  await page.locator("main [data-offline]").waitFor()
  here.front.mend()
  await page.getByText(/Your answer didn't get through/).waitFor({ timeout: 30_000 })
  await page.getByRole("button", { name: "Allow once" }).click()
  await page.getByText("Allowed once By anna").first().waitFor()
})

test("hostile Markdown does nothing", async () => {
  // REQ-THREAD-07
  const text = [
    "<script>window.broken = 1</script> <img src=x onerror='window.broken = 2'> <svg onload='window.broken = 3'></svg>",
    "[a](javascript:window.broken=4) ![b](http://127.0.0.1:9/pixel.png) [https://github.com](https://evil.test/x)",
    "<iframe src='http://127.0.0.1:9/'></iframe><style>body{display:none}</style>",
    "Over.",
  ].join("\n\n")
  const id = await makeSession(here.stack, "<b onmouseover=alert(1)>Hostile</b>", script({ text }))
  const { page, faults, foreign } = await here.open({ path: `/sessions/${id}` })
  await page.locator(".prose").getByText("Over.", { exact: true }).waitFor()
  assert.equal(await page.evaluate(() => window.broken), undefined)
  assert.equal(await page.locator(".prose :is(img, iframe, script, style, svg:not(.lucide))").count(), 0)
  const hrefs = await page.locator(".prose a").evaluateAll((links) => links.map((link) => [link.href, link.rel, link.textContent]))
  // Once in the agent's words, and once in the person's, which are Markdown too.
  assert.deepEqual([...new Set(hrefs.map((link) => JSON.stringify(link)))].map((link) => JSON.parse(link)), [["https://evil.test/x", "noopener noreferrer nofollow", "https://github.com (evil.test)"]])
  assert.deepEqual(foreign(), [])
  assert.deepEqual(faults, [])
})

test("a text of 5 MiB is refused before it is sent, and goes as a file", async () => {
  const id = await makeSession(here.stack, "Huge", "scenario: hello")
  const { page, faults } = await here.open({ path: `/sessions/${id}` })
  await page.getByText("Hello from the scripted model.").waitFor()
  await until("an idle agent", async () => (await call(here.stack, "GET", "/cards")).find((card) => card.session === id)?.doing === "idle")
  await page.getByLabel("Message to the agent").fill(`${"word ".repeat(1024 * 1024)}\nscenario: hello`)
  await page.getByText("Long text, 5.0 MiB").waitFor()
  // More than a message takes, and by a few letters more than its files may have: told before it is sent, and still there.
  await page.getByText(/Too long \(5\.0 MiB\)\. The limit is 128 KiB/).waitFor()
  assert.ok(await page.getByRole("button", { name: "Send" }).isDisabled())
  await page.getByRole("button", { name: "Attach as file" }).click()
  await page.getByText(/limited to 5\.0 MiB in total/).waitFor()
  await page.getByText("Long text, 5.0 MiB").waitFor()
  await page.getByRole("button", { name: "Remove" }).click()
  await page.getByLabel("Message to the agent").fill("word ".repeat(1024 * 1000))
  await page.getByRole("button", { name: "Attach as file" }).click()
  await page.getByRole("button", { name: "Remove text.txt" }).waitFor()
  await page.getByLabel("Message to the agent").fill("As a file\nscenario: hello")
  await page.getByRole("button", { name: "Send" }).click()
  await page.locator("[data-kind=said]", { hasText: "As a file" }).getByText("text.txt").waitFor({ timeout: 60_000 })
  await until("an idle agent", async () => (await call(here.stack, "GET", "/cards")).find((card) => card.session === id)?.doing === "idle", 30_000)
  await page.getByLabel("Message to the agent").fill(`${"word ".repeat(20 * 1024)}\nscenario: hello`)
  await page.getByRole("button", { name: "Send" }).click()
  await page.getByRole("button", { name: "Show more" }).waitFor({ timeout: 30_000 })
  const begun = Date.now()
  await page.getByLabel("Message to the agent").fill("still quick")
  assert.ok(Date.now() - begun < 2000, "the page is still quick")
  assert.deepEqual(faults, [])
})

test("a session that does not exist, an id that is none, a page that is none", async () => {
  // REQ-ASK-11
  const unknown = await here.open({ path: "/sessions/ses_00000000000000000000000000" })
  await unknown.page.getByText("Session not found").waitFor()
  const short = await here.open({ path: "/sessions/x" })
  await short.page.getByText("Can't show this session").waitFor()
  await short.page.getByText("Not a session id. It must have 8 to 128 characters").waitFor()
  const nowhere = await here.open({ path: "/nowhere/at/all" })
  await nowhere.page.getByText("Page not found").waitFor()
})

test("a form sent twice makes one session", async () => {
  // REQ-START-01
  const { page } = await here.open({ path: "/start" })
  await page.getByLabel("What should the agent do?").fill("Sent twice\nscenario: hello")
  await page.getByLabel("Repository").selectOption(here.stack.directory)
  const before = here.front.seen.length
  await page.getByRole("button", { name: "Start session" }).evaluate((button) => {
    button.click()
    button.click()
    button.form.requestSubmit()
  })
  await page.waitForURL(/\/sessions\/ses_/)
  const posts = here.front.seen.slice(before).filter((line) => line === "POST /api/v1/sessions")
  assert.equal(posts.length, 1)
  const made = (await call(here.stack, "GET", "/cards")).filter((card) => card.title === "Sent twice")
  assert.equal(made.length, 1)
})

test("a start that fails keeps what was typed and says what to do", async () => {
  // REQ-START-01
  const { page } = await here.open({ path: "/start" })
  await page.getByLabel("What should the agent do?").fill("A task worth keeping")
  await page.getByLabel("Repository").selectOption({ label: "Another directory…" })
  await page.getByLabel("Directory").fill("/there/is/no/such/place")
  await page.getByRole("button", { name: "Start session" }).click()
  await page.getByRole("alert").getByText("Your draft is saved.").waitFor()
  await page.reload()
  assert.equal(await page.getByLabel("What should the agent do?").inputValue(), "A task worth keeping")
  // Mended, it starts: the answer to the first attempt does not stick to it.
  await page.getByLabel("Repository").selectOption(here.stack.directory)
  await page.getByRole("button", { name: "Start session" }).click()
  await page.waitForURL(/\/sessions\/ses_/)
})

test("a draft survives the page, and a message whose confirmation was lost is written once", async () => {
  // REQ-START-08
  const id = await makeSession(here.stack, "Drafts", "scenario: hello")
  const { page } = await here.open({ path: `/sessions/${id}` })
  const box = page.getByLabel("Message to the agent")
  await page.getByText("Hello from the scripted model.").waitFor()
  await box.fill("Half a thought\nscenario: hello")
  await page.reload()
  await page.getByText("Hello from the scripted model.").waitFor()
  assert.equal(await box.inputValue(), "Half a thought\nscenario: hello")
  // The gateway takes it, and the page does not hear so.
  await page.route("**/messages", async (route) => {
    await route.fetch()
    await route.abort()
  }, { times: 1 })
  await page.getByRole("button", { name: "Send" }).click()
  // Sent again by itself under the same key (B32).
  await until("the answer", async () => (await page.locator(".prose", { hasText: "Hello from the scripted model." }).count()) === 2)
  assert.equal(await page.locator("[data-kind=said]", { hasText: "Half a thought" }).count(), 1)
})
