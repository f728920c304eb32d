// Bolt for JavaScript over Socket Mode, against the simulator.
import assert from "node:assert/strict"
import { after, before, beforeEach, test } from "node:test"
import { seen, simulator, until } from "../simulator.mjs"
import { makeApp } from "./app.mjs"

let slack, app
const heard = []
const hears = (what, key) => until(what, () => heard.find((one) => key in one))
const shows = (text, channel = "dev") =>
  until(JSON.stringify(text), async () =>
    (await seen(slack, channel)).find((one) => JSON.stringify(one).includes(text)),
  )
const sockets = async () => (await slack.act("figures")).sockets

before(async () => {
  slack = await simulator()
  app = makeApp(slack, heard, { socketMode: true, appToken: slack.appToken })
  await app.start()
})
after(async () => {
  await app?.stop()
  await slack?.stop()
})
beforeEach(() => heard.splice(0))

/** A card that the app posted under a mention. */
async function card(text) {
  const said = await slack.act("say", { user: "ann", channel: "dev", text: `@gateway ${text}` })
  const reply = await until("the card", async () =>
    (await seen(slack, "dev")).find((one) => one.thread_ts === said.ts && one.reply),
  )
  return { channel: said.channel, ts: reply.ts, thread: said.ts }
}

test("a command is acknowledged and answered through its response_url", async () => {
  const receipt = await slack.act("command", { user: "ann", channel: "dev", command: "/agent", text: "tests" })
  assert.ok(receipt.acked_after_ms < 3000)
  const whisper = await shows("working on tests")
  assert.equal(whisper.ephemeral, true)
})

test("a button updates the card it stands on", async () => {
  const spot = await card("please")
  await slack.act("click", { user: "ann", spot, label: "Allow" })
  const { allow } = await hears("the click", "allow")
  assert.equal(allow, "req-1")
  const message = await shows('"text":"Allowed"')
  assert.equal(message.ts, spot.ts)
  assert.equal(message.blocks, undefined)
  await shows("noted")
})

test("a modal is refused, mended and taken; another one is closed", async () => {
  const spot = await card("a modal")
  const modal = () => until("the modal", async () => (await slack.state("ann")).modal)
  await slack.act("click", { user: "ann", spot, label: "Deny" })
  await modal()
  await slack.act("submit", { user: "ann", fields: { Reason: "no" } })
  assert.deepEqual((await modal()).errors, { why: "too short" })
  await slack.act("submit", { user: "ann", fields: { Reason: "it deletes everything" } })
  assert.equal((await hears("the form", "denied")).denied, "it deletes everything")
  assert.equal((await slack.state("ann")).modal, null)
  await slack.act("click", { user: "ann", spot, label: "Deny" })
  await modal()
  await slack.act("close", { user: "ann" })
  await hears("the closing", "closed")
})

test("shortcuts, global and of a message", async () => {
  await slack.act("shortcut", { user: "ann", callback: "new_task" })
  assert.equal((await hears("the shortcut", "shortcut")).shortcut, "shortcut")
  heard.splice(0)
  const spot = await slack.act("say", { user: "bob", channel: "dev", text: "look at this" })
  await slack.act("message_shortcut", { user: "ann", spot, callback: "ask" })
  assert.deepEqual(await hears("the shortcut", "shortcut"), { shortcut: "message_action", text: "look at this" })
})

test("a file is uploaded into the thread", async () => {
  const said = await slack.act("say", { user: "ann", channel: "dev", text: "any files?" })
  const message = await shows("a.diff")
  assert.equal(message.thread_ts, said.ts)
  assert.equal(message.files[0].size, Buffer.byteLength("+1 −1"))
})

test("a stream is written and stopped", async () => {
  await slack.act("say", { user: "ann", channel: "dev", text: "stream it" })
  const message = await shows("**one** two")
  await until("its end", async () => !(await shows("**one** two")).writing)
  assert.ok(message.thread_ts)
})

test("the home is published", async () => {
  await slack.act("open_home", { user: "ann" })
  await until("the home", async () => JSON.stringify((await slack.state("ann")).home).includes("At home"))
})

test("a refreshed socket is replaced, and what came in between is delivered again", async () => {
  const before = (await slack.act("figures")).sockets_opened
  await slack.act("refresh_sockets")
  await slack.act("say", { user: "ann", channel: "dev", text: "@gateway while away" })
  await until("a new socket", async () => (await slack.act("figures")).sockets_opened > before && (await sockets()) > 0)
  await slack.act("say", { user: "ann", channel: "dev", text: "@gateway after the refresh" })
  for (const text of ["after the refresh", "while away"]) {
    await until(text, () => heard.some((one) => one.mention?.includes(text)))
  }
  // It is acknowledged after it was heard.
  await until("its second delivery, acknowledged", async () => {
    const mentions = await slack.act("deliveries", { what: "app_mention" })
    const tries = mentions.filter((one) => one.payload.event.text.includes("while away"))
    return tries.length > 1 && tries.at(-1).acked_after_ms !== null
  })
})

test("a 429 is waited for, and a duplicate has the same id", async () => {
  await slack.act("fail", { method: "chat.postMessage", fault: "rate_limited", value: 1 })
  await card("despite the limit")
  heard.splice(0)
  await slack.act("mishap", { mishap: "duplicate", next: 2 })
  await slack.act("say", { user: "ann", channel: "dev", text: "@gateway twice" })
  await until("both", () => heard.filter((one) => one.mention).length === 2)
  const ids = heard.filter((one) => one.mention).map((one) => one.id)
  assert.equal(ids[0], ids[1])
})
