// Acknowledges every click and does nothing else: what `make bench` measures the gateway beside.
import bolt from "@slack/bolt"

const { App, LogLevel } = bolt
const app = new App({
  token: process.env.SLACK_BOT_TOKEN,
  appToken: process.env.SLACK_APP_TOKEN,
  socketMode: true,
  logLevel: LogLevel.ERROR,
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL },
})
app.action(/.*/, async ({ ack }) => ack())
await app.start()
