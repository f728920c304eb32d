// Everything a file of flows needs, begun once and ended with it.
import { after, afterEach, before } from "node:test"
import { call, launch, openPage } from "./browser.mjs"
import { startFront } from "./front.mjs"
import { startStack } from "./stack.mjs"

/** `settings` are more of the environment of gateway and OpenCode. */
export function scene(settings = {}) {
  const scene = { opened: [] }
  before(async () => {
    scene.stack = process.env.GATEWAY_URL ? { url: process.env.GATEWAY_URL, token: process.env.GATEWAY_API_TOKEN, directory: process.env.DIRECTORY, stop: async () => {} } : await startStack(settings)
    scene.front = await startFront(scene.stack)
    scene.browser = await launch()
  })
  after(async () => {
    await scene.browser?.close()
    await scene.front?.stop()
    await scene.stack?.stop()
  })
  // The gateway has a limit of running sessions; a test leaves none behind.
  afterEach(async () => {
    for (const { context } of scene.opened.splice(0)) await context.close()
    const cards = await call(scene.stack, "GET", "/cards")
    for (const { session, doing } of cards) if (doing === "working" || doing === "waiting") await call(scene.stack, "POST", `/sessions/${session}/abort`)
  })
  /** A page; what goes wrong in it fails the test that looks. */
  scene.open = async (options) => {
    const opened = await openPage(scene.browser, scene.front, options)
    scene.opened.push(opened)
    return opened
  }
  return scene
}
