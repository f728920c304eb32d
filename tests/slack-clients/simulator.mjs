// Starts the simulator and drives people in it through its control API.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))
const binary = process.env.SLACK_SIMULATOR ?? `${process.env.CARGO_TARGET_DIR ?? `${root}/target`}/debug/slack-simulator`

/** How long a condition may take to come true on a busy machine. */
export const PATIENCE = 20_000

export async function simulator(...options) {
  const child = spawn(binary, ["--port", "0", "--seed-workspace", "--quick-retries", ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const facts = {}
  for await (const line of createInterface(child.stdout)) {
    const [, name, value] = /^([A-Z][\w ]+):\s+(\S+)$/.exec(line) ?? []
    if (name) facts[name] = value
    if (name === "Signing secret") break
  }
  child.stdout.resume()
  const act = async (verb, body = {}) => {
    const sent = JSON.stringify({ verb, ...body })
    const headers = { "content-type": "application/json" }
    const response = await fetch(`${facts.Page}/_control`, { method: "POST", headers, body: sent })
    const answer = await response.json()
    if (!response.ok) throw new Error(`${verb}: ${answer.error}`)
    return answer
  }
  return {
    page: facts.Page,
    api: `${facts["Web API"]}/`,
    botToken: facts["Bot token"],
    appToken: facts["App token"],
    signingSecret: facts["Signing secret"],
    act,
    state: async (user) => (await fetch(`${facts.Page}/_control/state?user=${user}`)).json(),
    stop: async () => {
      child.kill("SIGKILL")
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
    },
  }
}

/** Waits until the look returns something, and returns it. */
export async function until(what, look) {
  const deadline = Date.now() + PATIENCE
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** The messages of a channel as ann sees them, whispers included. */
export async function seen(slack, channel, user = "ann") {
  const state = await slack.state(user)
  return state.channels.find((one) => one.name === channel).messages
}
