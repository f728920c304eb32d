// Takes the pictures of docs/images from a real run.
import { mkdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { call, launch, makeSession, openPage, PHONE, DESKTOP, script } from "./stage/browser.mjs"
import { startFront } from "./stage/front.mjs"
import { until } from "./stage/wait.mjs"
import { startStack } from "./stage/stack.mjs"

const FOLDER = process.env.SCREENSHOTS ?? fileURLToPath(new URL("../../docs/images", import.meta.url))

const stack = await startStack()
const front = await startFront(stack)
const browser = await launch()
mkdirSync(FOLDER, { recursive: true })
try {
  await makeSession(stack, "Upgrade the HTTP client", "Upgrade the HTTP client\nscenario: milestone")
  await makeSession(stack, "Explain the build", "How is this built?\nscenario: hello")
  const greeting = await makeSession(stack, "Add a greeting", "Please add a greeting to this repository, and check it.\nscenario: demo")
  await answer(greeting, { answer: "answers", answers: [["English (Recommended)"]] })
  await openAsk(greeting)
  const database = await makeSession(stack, "Choose a database", "Which database fits us?\nscenario: question")
  await openAsk(database)
  const tests = await makeSession(stack, "Run the tests before the release", `Run the tests.\n${script({ text: "I'll run the tests first. ", tools: [{ name: "bash", args: { command: "npm test -- --reporter=dot", description: "Tests" } }] })}`)
  await openAsk(tests)
  await makeSession(stack, "Write the changelog", "Write the changelog\nscenario: slow")

  await picture("thread-desktop-light", { ...DESKTOP, theme: "light", path: `/sessions/${greeting}` }, (page) => page.getByRole("button", { name: "Allow once" }))
  await picture("inbox-desktop-dark", { ...DESKTOP, theme: "dark", path: "/" }, (page) => page.getByRole("button", { name: /^SQLite/ }))
  await picture("ask-phone-light", { ...PHONE, theme: "light", path: `/sessions/${greeting}` }, (page) => page.getByRole("button", { name: "Allow once" }))
} finally {
  await browser.close()
  await front.stop()
  await stack.stop()
}

async function picture(name, options, sign) {
  const { page, context } = await openPage(browser, front, options)
  await sign(page).waitFor()
  await page.waitForTimeout(800)
  await page.screenshot({ path: `${FOLDER}/${name}.png`, scale: options.isMobile ? "device" : "css" })
  await context.close()
}

function openAsk(session) {
  return until("an ask", async () => (await call(stack, "GET", "/asks")).find((ask) => ask.session === session && ask.state === "open"), 30_000)
}

async function answer(session, given) {
  const ask = await openAsk(session)
  await call(stack, "POST", `/asks/${ask.id}/answer`, { ...given, digest: ask.digest })
}
