// Bolt for JavaScript as an HTTP endpoint: the simulator's signatures are good, and old ones are refused.
import assert from "node:assert/strict"
import { createHmac } from "node:crypto"
import { after, before, test } from "node:test"
import { seen, simulator, until } from "../simulator.mjs"
import { makeApp } from "./app.mjs"

let slack, app, url
const heard = []

before(async () => {
  slack = await simulator()
  app = makeApp(slack, heard, { signingSecret: slack.signingSecret })
  const server = await app.start(0)
  url = `http://127.0.0.1:${server.address().port}/slack/events`
  await slack.act("deliver_to", { url })
})
after(async () => {
  await app?.stop()
  await slack?.stop()
})

test("events, commands and clicks arrive signed", async () => {
  const receipt = await slack.act("command", { user: "ann", channel: "dev", command: "/agent", text: "by http" })
  assert.ok(receipt.acked, receipt.failure)
  const said = await slack.act("say", { user: "ann", channel: "dev", text: "@gateway hello" })
  const reply = await until("the card", async () =>
    (await seen(slack, "dev")).find((one) => one.thread_ts === said.ts && one.reply),
  )
  const spot = { channel: said.channel, ts: reply.ts, thread: said.ts }
  const click = await slack.act("click", { user: "ann", spot, label: "Allow" })
  assert.ok(click.acked, click.failure)
  await until("the click", () => heard.find((one) => one.allow === "req-1"))
})

test("a stale signature gets 401, a fresh one 200", async () => {
  const status = async (age) => {
    const body = JSON.stringify({ type: "url_verification", challenge: "c" })
    const timestamp = Math.floor(Date.now() / 1000) - age
    const hash = createHmac("sha256", slack.signingSecret).update(`v0:${timestamp}:${body}`).digest("hex")
    const headers = {
      "content-type": "application/json",
      "x-slack-request-timestamp": String(timestamp),
      "x-slack-signature": `v0=${hash}`,
    }
    return (await fetch(url, { method: "POST", headers, body })).status
  }
  assert.deepEqual([await status(0), await status(600)], [200, 401])
})
