// A browser with nothing of a debugger in it. Playwright watches each page's scripts and requests, and pages pay for that
// while they load: React alone is read twice more. Here a script of ours is put into the page, and its title is read.
import { spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ARGS, DESKTOP, EXECUTABLE } from "./browser.mjs"
import { until } from "./wait.mjs"

/** Between two looks at a title. */
const LOOK_EVERY_MS = 20

/** Longest wait for a title. */
const PATIENCE_MS = 60_000

const TOLD = "told: "

export async function launchPlain() {
  const folder = await mkdtemp(join(tmpdir(), "plain-browser-"))
  const args = ["--headless", ...ARGS, "--remote-debugging-pipe", `--user-data-dir=${folder}`]
  const child = spawn(EXECUTABLE, args, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] })
  const ended = new Promise((resolve) => child.once("exit", resolve))
  const send = talkWith(child)
  return {
    /**
     * Opens the address in a browser that has nothing but these cookies (as Playwright tells them); what the page's
     * `tell(…)` was given comes back.
     */
    told: (url, script, cookies = []) => told(send, url, script, cookies),
    async close() {
      child.kill()
      await ended
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Chromium's own protocol: JSON documents with a zero byte behind each. */
function talkWith(child) {
  const [, , , toBrowser, fromBrowser] = child.stdio
  const waiting = new Map()
  let [last, rest] = [0, ""]
  fromBrowser.setEncoding("utf8").on("data", (piece) => {
    const documents = (rest + piece).split("\0")
    rest = documents.pop()
    for (const { id, error, result } of documents.map((text) => JSON.parse(text))) {
      if (id === undefined) continue
      const { resolve, reject } = waiting.get(id)
      waiting.delete(id)
      if (error) reject(new Error(error.message))
      else resolve(result)
    }
  })
  child.once("exit", () => {
    for (const { reject } of waiting.values()) reject(new Error("the browser ended"))
  })
  return (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject })
      toBrowser.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`)
    })
}

async function told(send, url, script, cookies) {
  const { browserContextId } = await send("Target.createBrowserContext")
  try {
    await send("Storage.setCookies", { browserContextId, cookies: cookies.map(withoutEnd) })
    const { width, height } = DESKTOP.viewport
    const { targetId } = await send("Target.createTarget", { url: "about:blank", browserContextId, width, height })
    const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true })
    await send("Page.enable", {}, sessionId)
    // What was told stays: the page's own title may come a moment later.
    const keep = "Object.defineProperty(document, 'title', { get: () => '', set() {} })"
    const source = `const tell = (value) => { document.title = ${JSON.stringify(TOLD)} + JSON.stringify(value); ${keep} };\n${script}`
    await send("Page.addScriptToEvaluateOnNewDocument", { source }, sessionId)
    await send("Page.navigate", { url }, sessionId)
    const title = await until(`what ${url} tells`, async () => {
      // The browser knows the title; the page is not asked.
      const { targetInfo } = await send("Target.getTargetInfo", { targetId })
      return targetInfo.title.startsWith(TOLD) && targetInfo.title
    }, PATIENCE_MS, LOOK_EVERY_MS)
    return JSON.parse(title.slice(TOLD.length))
  } finally {
    await send("Target.disposeBrowserContext", { browserContextId })
  }
}

/** One that lasts as long as the browser. */
function withoutEnd({ name, value, domain, path, httpOnly, secure, sameSite }) {
  return { name, value, domain, path, httpOnly, secure, sameSite }
}
