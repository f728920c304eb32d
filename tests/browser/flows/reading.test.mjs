// What one reads in a thread: what changed, what the model thought, names of files, notes at the end of a text.
import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { call, makeSession, PHONE, script } from "../stage/browser.mjs"
import { assertAccessible, keepPicture } from "../stage/look.mjs"
import { scene } from "../stage/scene.mjs"
import { until } from "../stage/wait.mjs"

const here = scene()

const WIDE = { viewport: { width: 1440, height: 900 } }

const lines = (count, word) => Array.from({ length: count }, (_, n) => `${word} line ${n}${n === 7 ? ` ${"that is very long ".repeat(40)}` : ""}\n`).join("")
const writes = (file, content, said) => script({ tools: [{ name: "write", args: { filePath: file, content } }] }, { text: said })

/** Lets whatever a session asks happen, until it is idle. */
async function allowAll(session) {
  await until("the end of the turn", async () => {
    for (const ask of await call(here.stack, "GET", "/asks")) if (ask.session === session) await call(here.stack, "POST", `/asks/${ask.id}/answer`, { answer: "once", digest: ask.digest })
    return (await call(here.stack, "GET", "/cards")).find((card) => card.session === session)?.doing === "idle"
  }, 60_000)
}

const noOverflow = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)

test("what changed is read in full width, from its text on, and says what is not known", async () => {
  // B3, B34, REQ-CONSOLE-01
  await writeFile(join(here.stack.directory, "reading.txt"), lines(2_000, "old"))
  const other = await makeSession(here.stack, "Works beside it", "scenario: hello")
  const id = await makeSession(here.stack, "Rewrites a file", script({ tools: [{ name: "read", args: { filePath: "reading.txt" } }] }, { tools: [{ name: "write", args: { filePath: "reading.txt", content: lines(2_000, "new") } }, { name: "write", args: { filePath: "docs/more.md", content: "# More\n" } }] }, { text: "I rewrote `reading.txt` and docs/more.md; `other.txt` is as it was." }))
  await allowAll(other)
  await allowAll(id)
  const told = await call(here.stack, "GET", `/sessions/${id}/diff`)
  assert.match(told.note, /Other sessions worked in this directory/)
  for (const theme of ["light", "dark"]) {
    const { page, faults } = await here.open({ ...WIDE, theme, path: `/sessions/${id}` })
    const beside = page.getByRole("complementary", { name: "About this session" })
    await beside.locator("[data-note]", { hasText: "Other sessions worked in this directory" }).waitFor()
    await beside.getByRole("button", { name: /reading\.txt/ }).click()
    const dialog = page.getByRole("dialog", { name: "reading.txt" })
    await dialog.getByText("old line 0", { exact: true }).waitFor()
    const box = await dialog.boundingBox()
    assert.ok(box.width > 1_000, `it is ${box.width} wide`)
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Difference", "one begins with what there is to read")
    await keepPicture(page, `diff-${theme}`)
    await assertAccessible(page)
    await page.keyboard.press("End")
    await dialog.getByRole("button", { name: /more of 4,000 lines/ }).click()
    await until("more of them", async () => (await dialog.locator("tr").count()) > 2_000)
    await dialog.getByRole("button", { name: "Wrap" }).click()
    const region = dialog.getByRole("region", { name: "Difference" })
    await until("no line beyond the edge", () => region.evaluate((element) => element.scrollWidth <= element.clientWidth))
    await dialog.locator("[data-note]").waitFor()
    await dialog.getByRole("button", { name: "Previous file" }).click()
    await page.getByRole("dialog", { name: "docs/more.md" }).getByText("# More").waitFor()
    await page.keyboard.press("Escape")
    await until("no dialog", async () => (await page.getByRole("dialog").count()) === 0)
    // Names in the agent's words lead there too; other names are words.
    const answer = page.locator(".prose", { hasText: "is as it was" }).last()
    assert.deepEqual(await answer.locator("[data-file]").allTextContents(), ["reading.txt", "docs/more.md"])
    await answer.getByRole("button", { name: "docs/more.md" }).click()
    await page.getByRole("dialog", { name: "docs/more.md" }).waitFor()
    assert.deepEqual(faults, [])
  }
  const { page } = await here.open({ ...PHONE, path: `/sessions/${id}` })
  await page.locator(".prose", { hasText: "is as it was" }).last().getByRole("button", { name: "reading.txt" }).tap()
  const box = await page.getByRole("dialog").boundingBox()
  assert.deepEqual([box.x, box.width], [0, 390], "on a phone it is a page")
  await keepPicture(page, "diff-phone")
  assert.ok(await noOverflow(page))
})

test("what the model thought is folded, is called that, and is no answer", async () => {
  // B35
  const thought = "**Looking** for the cause.\n\nPerhaps the cache is stale, or <b>not</b>; the token is ghp_abcdefghijklmnopqrstuvwxyz0123456789."
  const id = await makeSession(here.stack, "Thinks first", script({ reasoning: thought, tools: [{ name: "read", args: { filePath: "README.md" } }] }, { reasoning: "Now I know.", text: "It was the cache." }))
  for (const [device, options] of Object.entries({ desktop: WIDE, phone: { ...PHONE, theme: "dark" } })) {
    const { page, faults } = await here.open({ ...options, path: `/sessions/${id}` })
    await page.getByText("It was the cache.", { exact: true }).last().waitFor({ timeout: 60_000 })
    assert.equal(await page.getByText("Perhaps the cache is stale").count(), 1, "only in what was asked for")
    const folded = page.locator("[data-kind=thought]").first().getByRole("button", { name: /^Thought (for [\d.]+ s|briefly)$/ })
    await folded.click()
    const region = page.getByRole("region", { name: "The model's reasoning" })
    await region.getByText("It isn't an answer").waitFor()
    await region.locator("strong", { hasText: "Looking" }).waitFor()
    await region.getByText("or <b>not</b>; the token is •••.").waitFor()
    await keepPicture(page, `thought-${device}`)
    await assertAccessible(page)
    assert.deepEqual(faults, [])
  }
})

test("a long, hostile answer reads as it should", async () => {
  // B10, B34, REQ-THREAD-07
  const text = [
    "# First level", "## Second level", "### Third level", "#### Fourth level", "##### Fifth level", "###### Sixth level",
    "Ordinary text with a note[^1], `code`, **bold** and ~~gone~~.",
    "| Left | Centre | Right |\n|:--|:-:|--:|\n| a | b | 1 |\n| a longer cell | b | 1000 |",
    "<details>\n<summary>What the log says</summary>\n\n```sh\nnpm test\n```\n\n</details>",
    "```mermaid\ngraph TD\n  A --> B\n```",
    "user\u202Egpj.exe and a blank\u200Bof no width",
    "<script>window.broken = 1</script> <details open ontoggle='window.broken = 2'> [x](javascript:window.broken=3)",
    "[^1]: The note, with **more** [^none].",
    Array.from({ length: 10_000 }, (_, n) => `word${n}${n % 120 === 119 ? "\n\n" : ""}`).join(" "),
  ].join("\n\n")
  const id = await makeSession(here.stack, "All at once", script({ text }))
  for (const [name, options] of Object.entries({ "light-desktop": WIDE, "dark-desktop": { ...WIDE, theme: "dark" }, "light-phone": PHONE, "dark-phone": { ...PHONE, theme: "dark" } })) {
    const { page, faults } = await here.open({ ...options, path: `/sessions/${id}` })
    await page.getByText("word9999").last().waitFor({ timeout: 90_000 })
    await until("the end of the text", () => page.locator(".prose section").last().count())
    assert.equal(await page.evaluate(() => window.broken), undefined)
    const answer = page.locator("[data-kind=said] .prose").last()
    const sizes = await answer.locator(":is(h3, h4, h5, h6)").evaluateAll((all) => all.map((one) => `${getComputedStyle(one).fontSize} ${getComputedStyle(one).color}`))
    assert.equal(new Set(sizes).size, 6, `each level looks different: ${sizes}`)
    await answer.locator("summary", { hasText: "What the log says" }).click()
    await answer.getByText("not drawn here").waitFor()
    await answer.getByRole("button", { name: "Footnote 1" }).click()
    assert.match(await page.evaluate(() => document.activeElement.textContent), /^The note, with more \[\^none\]\.$/)
    await page.locator("[data-thread]").focus()
    await page.keyboard.press("Home")
    await until("its beginning in view", () => page.locator("[data-thread]").evaluate((thread) => thread.scrollTop < 5))
    await answer.locator("h3").first().scrollIntoViewIfNeeded()
    await keepPicture(page, `markdown-${name}`)
    await answer.locator("summary").scrollIntoViewIfNeeded()
    await keepPicture(page, `markdown-more-${name}`)
    await assertAccessible(page)
    assert.ok(await noOverflow(page))
    assert.deepEqual(faults, [])
  }
})
