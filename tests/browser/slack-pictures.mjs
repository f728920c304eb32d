// Takes the pictures of Slack in docs/images from a real run, through the page of the simulated Slack.
import { fileURLToPath } from "node:url"
import { DESKTOP, launch, PHONE, script } from "./stage/browser.mjs"
import { until } from "./stage/wait.mjs"
import { startStack } from "./stage/stack.mjs"

const FOLDER = process.env.SCREENSHOTS ?? fileURLToPath(new URL("../../docs/images", import.meta.url))

const stack = await startStack({ SLACK: "sim" })
const browser = await launch()
try {
  const desktop = await personAt(DESKTOP)
  await desktop.getByLabel("Message", { exact: true }).fill("/opencode start")
  await desktop.getByLabel("Message", { exact: true }).press("Enter")
  await desktop.locator("dialog[open]").waitFor()
  await keep(desktop, "slack-form-desktop")
  const phone = await personAt(PHONE)
  await phone.locator("dialog[open]").waitFor()
  await keep(phone, "slack-form-phone")
  const state = () => fetch(`${stack.slack}/_control/state?user=ann`).then((answer) => answer.json())
  const told = (verb) => fetch(`${stack.slack}/_control`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(verb) })
  const task = script(
    { text: "The client still speaks the old version. Let me see what uses it. ", tools: [{ name: "bash", args: { command: "grep -rn http1 .", description: "Who uses it" } }] },
    { text: "Two places. I'll run the tests before I change them. ", tools: [{ name: "bash", args: { command: "npm test -- --reporter=dot", description: "Tests" } }] },
  )
  const sent = await told({ verb: "submit", user: "ann", fields: { Title: "Upgrade the HTTP client", Description: task, Repositories: "sample" } })
  if (!sent.ok) throw new Error(await sent.text())
  const waits = async (command) => (await state()).channels.flatMap(({ id, messages }) => messages.map((message) => ({ ...message, channel: id }))).find(({ text }) => text.startsWith("Run ") && text.includes(command))
  const first = await until("the first ask", () => waits("grep"), 60_000)
  const spot = { channel: first.channel, ts: first.ts, thread: first.thread_ts }
  await told({ verb: "click", user: "ann", spot, label: "Allow once" })
  await until("the second ask", () => waits("npm test"), 60_000)
  for (const [page, name] of [[desktop, "slack-desktop"], [phone, "slack-phone"]]) {
    await page.reload()
    await page.locator("dialog[open]").waitFor({ timeout: 1_000 }).then(() => page.keyboard.press("Escape"), () => {})
    await page.getByRole("button", { name: /repl/ }).last().click()
    await page.getByRole("button", { name: "Allow once" }).last().scrollIntoViewIfNeeded()
    await keep(page, name)
  }
} finally {
  await browser.close()
  await stack.stop()
}

async function personAt(device) {
  const context = await browser.newContext(device)
  const page = await context.newPage()
  await page.goto(stack.slack)
  await page.locator("#messages").waitFor()
  return page
}

async function keep(page, name) {
  await page.waitForTimeout(800)
  await page.screenshot({ path: `${FOLDER}/${name}.png` })
}
