// A small app on the official Bolt, with one handler of each kind that the gateway needs.
import bolt from "@slack/bolt"

const { App, LogLevel } = bolt

const view = {
  type: "modal",
  callback_id: "deny",
  notify_on_close: true,
  title: { type: "plain_text", text: "Deny" },
  submit: { type: "plain_text", text: "Send" },
  blocks: [
    {
      type: "input",
      block_id: "why",
      label: { type: "plain_text", text: "Reason" },
      element: { type: "plain_text_input", action_id: "text" },
    },
  ],
}

const button = (label) => ({
  type: "button",
  action_id: label.toLowerCase(),
  value: "req-1",
  text: { type: "plain_text", text: label },
})

export const card = [
  { type: "section", text: { type: "mrkdwn", text: "*Run* `make`?" } },
  { type: "actions", block_id: "card", elements: [button("Allow"), button("Deny")] },
]

/** Bolt, told to talk to the simulator; `heard` collects what arrives. */
export function makeApp(slack, heard, more) {
  const app = new App({
    token: slack.botToken,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack.api, retryConfig: { retries: 2, minTimeout: 50 } },
    ...more,
  })
  listen(app, heard)
  return app
}

function listen(app, heard) {
  app.command("/agent", async ({ command, ack, respond }) => {
    await ack()
    heard.push({ command: command.text })
    await respond({ text: `working on ${command.text}` })
  })
  app.event("app_mention", async ({ event, say, body }) => {
    heard.push({ mention: event.text, id: body.event_id })
    await say({ text: "Run make?", blocks: card, thread_ts: event.ts })
  })
  app.message(/files/, async ({ message, client }) => {
    const thread_ts = message.ts
    heard.push({ files: message.text })
    await client.files.uploadV2({ channel_id: message.channel, thread_ts, filename: "a.diff", content: "+1 −1" })
  })
  app.message(/stream/, async ({ message, client, context }) => {
    const where = { channel: message.channel, thread_ts: message.ts }
    const whom = { recipient_user_id: message.user, recipient_team_id: context.teamId }
    const stream = client.chatStream({ ...where, ...whom, buffer_size: 1 })
    await stream.append({ markdown_text: "**one** " })
    await stream.append({ markdown_text: "two" })
    await stream.stop()
  })
  app.action("allow", async ({ ack, action, body, client, respond }) => {
    await ack()
    heard.push({ allow: action.value, by: body.user.id })
    await client.chat.update({ channel: body.channel.id, ts: body.message.ts, text: "Allowed", blocks: [] })
    await respond({ text: "noted", replace_original: false })
  })
  app.action("deny", async ({ ack, body, client }) => {
    await ack()
    await client.views.open({ trigger_id: body.trigger_id, view })
  })
  app.view("deny", async ({ ack, view, body }) => {
    const reason = view.state.values.why.text.value
    if (reason.length < 5) return ack({ response_action: "errors", errors: { why: "too short" } })
    await ack()
    heard.push({ denied: reason, by: body.user.id })
  })
  app.view({ callback_id: "deny", type: "view_closed" }, async ({ ack }) => {
    await ack()
    heard.push({ closed: true })
  })
  app.shortcut("new_task", async ({ ack, shortcut }) => {
    await ack()
    heard.push({ shortcut: shortcut.type })
  })
  app.shortcut("ask", async ({ ack, shortcut }) => {
    await ack()
    heard.push({ shortcut: shortcut.type, text: shortcut.message.text })
  })
  app.event("app_home_opened", async ({ event, client }) => {
    const blocks = [{ type: "header", text: { type: "plain_text", text: "At home" } }]
    await client.views.publish({ user_id: event.user, view: { type: "home", blocks } })
  })
}
