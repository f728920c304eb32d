// Debian's Chromium, offline: nothing but this machine is asked for.
import { chromium } from "playwright-core"

export const ARGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
]

export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }
export const DESKTOP = { viewport: { width: 1280, height: 800 } }

export const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium"

export function launch() {
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGS })
}

/** What signs a browser in as this person; cookies know no ports, so it holds for all of this machine. */
export async function signIn(context, { url, token }, name) {
  const answer = await context.request.post(`${url}/api/v1/sign-in`, { data: { token, name } })
  if (!answer.ok()) throw new Error(`${name} could not sign in: ${answer.status()} ${await answer.text()}`)
}

/** A page of somebody who is signed in (nobody is with `person: ""`), and what went wrong in it. */
export async function openPage(browser, front, { person = "anna", path = "/", theme, ...options } = {}) {
  const context = await browser.newContext({ ...DESKTOP, colorScheme: theme ?? "light", ...options })
  if (person) await signIn(context, front, person)
  const page = await context.newPage()
  const faults = []
  const requests = []
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`))
  page.on("console", (message) => {
    const text = message.text()
    // A refused request is the page's business; a broken policy or script is not.
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) faults.push(text)
  })
  page.on("request", (request) => requests.push(request.url()))
  await page.goto(front.url + path)
  await drawnByReact(page)
  return { page, context, faults, foreign: () => requests.filter((url) => !url.startsWith(front.url) && !url.startsWith("data:") && !url.startsWith("blob:")) }
}

/** The first picture is there before React, and hears no key yet. */
export function drawnByReact(page) {
  return page.locator("#root > :not([data-first])").first().waitFor({ state: "attached" })
}

/** A session made through the API. */
export async function makeSession(stack, title, prompt) {
  const response = await fetch(`${stack.url}/api/v1/sessions`, {
    method: "POST",
    headers: known(stack, "anna"),
    body: JSON.stringify({ directory: stack.directory, title, prompt }),
  })
  const made = await response.json()
  if (!response.ok) throw new Error(JSON.stringify(made))
  return made.id
}

/** What a program presents that acts for this person. */
export function known({ token }, person) {
  return { "content-type": "application/json", "x-gateway-person": person, authorization: `Bearer ${token}` }
}

/** What the scripted model says, step by step. */
export function script(...steps) {
  return `script: ${JSON.stringify(steps)}`
}

export async function call(stack, method, path, body, person = "anna") {
  const response = await fetch(`${stack.url}/api/v1${path}`, {
    method,
    headers: known(stack, person),
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await response.text()
  const told = text === "" ? {} : JSON.parse(text)
  // Lists come in pages; the tests' fit into the first. A thread has items too, and a card.
  return Array.isArray(told.items) && !told.card ? told.items : told
}
