// How a page looks: to people, as a picture, and to axe, which knows what people need who see or move otherwise.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

/** What a run looked like, for people. */
export async function keepPicture(page, name, options = {}) {
  const folder = fileURLToPath(new URL("../../../target/browser/", import.meta.url))
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: `${folder}${name}.png`, ...options })
}

/** What axe finds wrong. */
export async function faultsOf(page) {
  // Straight to the engine: the page's own policy allows no foreign script.
  await page.evaluate(AXE)
  const { violations, passes } = await page.evaluate((runOnly) => globalThis.axe.run(document, { runOnly }), RULES)
  assert.ok(passes.length > 10, "axe looked at the page")
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.any.map((one) => one.message)}`).join(" | ")}`)
}

export async function assertAccessible(page) {
  assert.deepEqual(await faultsOf(page), [])
}
