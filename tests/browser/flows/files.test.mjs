// Files in messages and in the start form, the fields of a start, and a question that is taken aside.
import assert from "node:assert/strict"
import { test } from "node:test"
import { call, makeSession, PHONE, script } from "../stage/browser.mjs"
import { assertAccessible, keepPicture } from "../stage/look.mjs"
import { scene } from "../stage/scene.mjs"
import { until } from "../stage/wait.mjs"

const here = scene()

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
const plan = { name: "plan.txt", mimeType: "text/plain", buffer: Buffer.from("the plan is green") }
const picture = { name: "screen.png", mimeType: "image/png", buffer: Buffer.from(PIXEL, "base64") }

/** As if the person let go of a file over the message box, or pasted one. */
async function hand(page, how, { name, mimeType, buffer }) {
  const target = page.locator("[data-drop]")
  const data = await page.evaluateHandle(([name, type, base64]) => {
    const transfer = new DataTransfer()
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
    transfer.items.add(new File([bytes], name, { type }))
    return transfer
  }, [name, mimeType, buffer.toString("base64")])
  if (how === "drop") return target.dispatchEvent("drop", { dataTransfer: data })
  return target.evaluate((element, clipboardData) => {
    element.querySelector("textarea").dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }))
  }, data)
}

for (const [device, options] of Object.entries({ desktop: {}, phone: PHONE })) {
  test(`files are picked, dropped, pasted, removed and sent with a message (${device})`, async () => {
    // REQ-START-08
    const id = await makeSession(here.stack, `Files ${device}`, script({ text: "Ready." }))
    const { page, faults } = await here.open({ path: `/sessions/${id}`, theme: device === "phone" ? "dark" : "light", ...options })
    await page.getByText("Ready.", { exact: true }).waitFor()
    await page.getByLabel("Files to add").setInputFiles([plan])
    await hand(page, "drop", { ...plan, name: "dropped.txt" })
    await page.getByRole("button", { name: "Remove dropped.txt" }).waitFor()
    await hand(page, "paste", picture)
    await page.getByRole("button", { name: "Remove screen.png" }).waitFor()
    await page.getByRole("button", { name: "Remove dropped.txt" }).click()
    await until("the picture of the picture", () => page.locator("li canvas:not(.hidden)").count())
    await page.getByLabel("Message to the agent").fill("Read these")
    await keepPicture(page, `files-${device}`)
    await assertAccessible(page)
    await page.getByRole("button", { name: "Send" }).click()
    const message = page.locator("[data-kind=said]", { hasText: "Read these" }).first()
    await message.getByText("plan.txt").waitFor()
    // Seen as it is, larger at a tap, and what it says can be read (B33).
    const seen = message.getByRole("img", { name: "screen.png" })
    await until("the picture itself", () => seen.evaluate((image) => image.complete && image.naturalWidth === 1))
    assert.equal(await page.getByRole("list", { name: "Attachments" }).count(), 0)
    await page.getByText(/the plan is green/).first().waitFor({ timeout: 30_000 })
    await keepPicture(page, `files-sent-${device}`)
    await message.getByRole("button", { name: "Open screen.png" }).click()
    const whole = page.getByRole("dialog", { name: "screen.png" })
    await until("the whole picture", () => whole.getByRole("img").evaluate((image) => image.naturalWidth === 1))
    assert.match(await whole.getByRole("link", { name: "Download" }).getAttribute("href"), /\/files\//)
    await page.keyboard.press("Escape")
    await message.getByRole("button", { name: "Open plan.txt" }).click()
    await page.getByRole("dialog", { name: "plan.txt" }).getByText("the plan is green").waitFor()
    await keepPicture(page, `file-text-${device}`)
    await page.keyboard.press("Escape")
    const { scrollWidth, innerWidth } = await page.evaluate(() => ({ scrollWidth: document.documentElement.scrollWidth, innerWidth }))
    assert.ok(scrollWidth <= innerWidth, "nothing is wider than the screen")
    assert.deepEqual(faults, [])
  })
}

test("limits are told before sending, and a refused file stays with the message", async () => {
  // REQ-START-08
  const id = await makeSession(here.stack, "Limits", script({ text: "Ready." }))
  const { page } = await here.open({ path: `/sessions/${id}` })
  const pick = page.getByLabel("Files to add")
  await pick.setInputFiles([{ ...plan, buffer: Buffer.alloc(5 * 1024 * 1024 + 1, "x") }])
  await page.getByText(/limited to 5.0 MiB in total/).waitFor()
  await pick.setInputFiles(Array.from({ length: 11 }, (_, n) => ({ ...plan, name: `${n}.txt` })))
  await page.getByText(/Up to 10 files per message; you selected 11/).waitFor()
  await pick.setInputFiles([{ name: "a.zip", mimeType: "application/zip", buffer: Buffer.from("504b0304000000", "hex") }])
  await page.getByRole("button", { name: "Send" }).click()
  await page.getByText(/a\.zip can.t be attached/).waitFor()
  assert.ok(await page.getByRole("button", { name: "Remove a.zip" }).isVisible(), "nothing that was added is lost")
})

test("a start with category, priority and a file; a failed one keeps everything; cancel leaves nothing", async () => {
  // REQ-START-01, REQ-START-08
  const { page, faults } = await here.open({ path: "/start", ...PHONE })
  await page.getByLabel("What should the agent do?").fill("Read the plan")
  await page.getByLabel("Files to add").setInputFiles([plan])
  await page.getByLabel("Repository").selectOption({ label: "Another directory…" })
  await page.getByLabel("Directory").fill("/no/such/directory")
  await page.getByText("More options").tap()
  await page.getByLabel("Category").fill("Research")
  await page.getByLabel("Priority").selectOption("high")
  await page.getByRole("button", { name: "Start session" }).tap()
  await page.getByRole("alert").waitFor()
  assert.equal(await page.getByLabel("Category").inputValue(), "Research")
  await page.getByRole("button", { name: "Remove plan.txt" }).waitFor()
  await keepPicture(page, "start-failed-phone")
  await assertAccessible(page)
  await page.getByLabel("Repository").selectOption(here.stack.directory)
  await page.getByRole("button", { name: "Start session" }).tap()
  await page.waitForURL(/\/sessions\/ses_/)
  const id = page.url().split("/").at(-1)
  await page.getByText(/the plan is green/).first().waitFor({ timeout: 30_000 })
  const card = (await call(here.stack, "GET", "/cards")).find(({ session }) => session === id)
  assert.deepEqual([card.category, card.priority], ["Research", "high"])
  await page.goto(`${here.front.url}/start`)
  await page.getByLabel("What should the agent do?").fill("Never mind")
  await page.getByRole("button", { name: "Cancel" }).tap()
  await page.goto(`${here.front.url}/start`)
  assert.equal(await page.getByLabel("What should the agent do?").inputValue(), "")
  assert.deepEqual(faults, [])
})

test("a question with several parts is taken aside, and the card says where", async () => {
  // REQ-ASK-09
  const question = (text) => ({ question: text, header: text.slice(0, 10), options: [{ label: "Yes", description: "" }, { label: "No", description: "" }] })
  const id = await makeSession(here.stack, "Aside", script({ tools: [{ name: "question", args: { questions: [question("Is it large?"), question("Is it blue?")] } }] }, { text: "Good." }))
  const { page } = await here.open({ path: `/sessions/${id}` })
  await page.getByRole("button", { name: "Discuss elsewhere" }).click()
  await page.getByRole("textbox", { name: /^Where/ }).fill("https://meet.example/room-2")
  await keepPicture(page, "aside-desktop")
  await page.getByRole("button", { name: "Mark as under discussion" }).click()
  const link = page.getByRole("link", { name: "https://meet.example/room-2" })
  await link.waitFor()
  assert.equal(await link.getAttribute("rel"), "noopener noreferrer nofollow")
  await page.getByText("anna is discussing this elsewhere").waitFor()
  await keepPicture(page, "aside-taken-desktop")
  assert.equal(await page.getByRole("button", { name: "Discuss elsewhere" }).count(), 0)
})
