// Starts the simulator with its seeded repository, and drives people in it through its control address.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))
const binary = process.env.FORGE_SIMULATOR ?? `${process.env.CARGO_TARGET_DIR ?? `${root}/target`}/debug/forge-simulator`

export async function simulator() {
  const child = spawn(binary, ["--port", "0", "--seed-repository"], { stdio: ["ignore", "pipe", "inherit"] })
  const facts = {}
  for await (const line of createInterface(child.stdout)) {
    const [, name, value] = /^([A-Z][\w ]+):\s+(\S+)$/i.exec(line) ?? []
    if (name) facts[name] = value
    if (name === "Person token") break
  }
  child.stdout.resume()
  return {
    url: facts.Address,
    rest: facts.REST,
    appId: Number(facts["App id"]),
    key: readFileSync(facts["App key"], "utf8"),
    personToken: facts["Person token"],
    act: async (verb, body = {}) => {
      const sent = JSON.stringify({ verb, repository: "acme/shop", ...body })
      const response = await fetch(`${facts.Address}/_control`, { method: "POST", body: sent })
      const answer = await response.json()
      if (!response.ok) throw new Error(`${verb}: ${answer.message}`)
      return answer
    },
    stop: async () => {
      child.kill("SIGKILL")
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
    },
  }
}

/** Waits until the look returns something, and returns it. */
export async function until(what, look) {
  const deadline = Date.now() + 20_000
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
