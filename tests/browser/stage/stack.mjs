// A real gateway, a real OpenCode and the scripted model, as `make run` starts them.
import { execFile, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { until } from "./wait.mjs"

const run = promisify(execFile)

const PATIENCE_MS = 90_000

/** The driver behind `make run`; built by `make build`. */
const PLAYGROUND = process.env.PLAYGROUND ?? fileURLToPath(new URL("../../../target/debug/playground", import.meta.url))

/** The gateway, also as a command line. */
export const GATEWAY = join(dirname(PLAYGROUND), "gateway")

/** Rules for flows that are not about the gate: OpenCode asks for permissions, and nobody guards its agents (`GUARD=off`). */
export const WITHOUT_GATE = { mode: "off", unguarded: "allow" }

/** Nothing set: as `make run` starts for anybody. What a shell has set for the tests themselves doesn't count. */
export const AS_PEOPLE_HAVE_IT = { GUARD: undefined, GATEWAY_GATE: undefined, GATEWAY_CONFIG: undefined }

/** `settings` are more of the environment; without a file of rules among them the gate is off. */
export async function startStack(settings = {}) {
  if (!existsSync(PLAYGROUND)) throw new Error(`${PLAYGROUND} is not built; run \`make build\`.`)
  const [port, folder] = [await freePort(), await mkdtemp(join(tmpdir(), "stack-"))]
  const rules = join(folder, "gateway.yaml")
  await writeFile(rules, JSON.stringify({ gate: WITHOUT_GATE }))
  const child = spawn(PLAYGROUND, [], {
    // The plugin does as the gateway's rules say: on its own it would hold every call.
    env: { GUARD: "off", GATEWAY_GATE: "off", ...process.env, GATEWAY_PORT: String(port), RUST_BACKTRACE: "0", GATEWAY_CONFIG: rules, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  })
  const { directory, slack, link, tokenFile } = await toldBy(child)
  const url = `http://localhost:${port}`
  return {
    url,
    directory,
    /** What programs present; made by the gateway for itself. */
    token: (await readFile(tokenFile, "utf8")).trim(),
    /** Signs one browser in, once. */
    link,
    /** The simulated one's page, if it was asked for. */
    slack,
    /** kill -9, as a crash would. */
    async killGateway() {
      child.kill("SIGUSR1")
      await reaches(url, false, child)
    },
    /** The same port, token and state as before. */
    async startGateway() {
      child.kill("SIGUSR2")
      await reaches(url, true, child)
    },
    /** kill -9; what started it starts it again. */
    async killOpenCode() {
      const { stdout } = await run("ps", ["-o", "pid=,comm=", "--ppid", String(child.pid)])
      const [pid] = stdout.split("\n").find((line) => line.includes("opencode"))?.trim().split(" ") ?? []
      if (!pid) throw new Error(`OpenCode is not among:\n${stdout}`)
      process.kill(Number(pid), "SIGKILL")
    },
    async stop() {
      const gone = new Promise((resolve) => child.once("exit", resolve))
      child.kill("SIGINT")
      await gone
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Waits until the gateway is ready, or is gone. */
async function reaches(url, wanted, child) {
  await until(wanted ? "the gateway" : "the gateway's end", async () => {
    const ready = await fetch(`${url}/readyz`).then((answer) => answer.ok, () => false)
    if (ready !== wanted && child.exitCode !== null) throw new Error(`What runs the gateway ended with ${child.exitCode}.`)
    return ready === wanted
  }, PATIENCE_MS, 20)
}

/** What the playground tells once everything runs. */
function toldBy(child) {
  return new Promise((resolve, reject) => {
    let told = ""
    const timer = setTimeout(() => reject(new Error(`The stack did not start:\n${told}`)), PATIENCE_MS)
    const read = (chunk) => {
      told += chunk
      const directory = word(/--directory ('.*?'|\S+)/.exec(told)?.[1])
      const tokenFile = word(/GATEWAY_API_TOKEN_FILE=('.*?'|\S+)/.exec(told)?.[1])
      const link = / {2}Open (\S+)\n/.exec(told)?.[1]
      if (!link) return
      clearTimeout(timer)
      resolve({ directory, tokenFile, link, slack: /Simulated Slack: (\S+)\n/.exec(told)?.[1] })
    }
    child.stdout.on("data", read)
    child.stderr.on("data", read)
    child.once("exit", () => reject(new Error(`The stack ended:\n${told}`)))
  })
}

/** Without the quotes of a shell. */
function word(text) {
  return text?.replace(/^'(.*)'$/, "$1")
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** What a gateway alone wants to be presented. */
const TOKEN = "api-token-of-the-tests"

/** A gateway alone, with settings of its own, at a port that somebody chose or at any. */
export async function startGateway({ port: chosen, ...settings }) {
  const state = await mkdtemp(join(tmpdir(), "gateway-browser-"))
  const port = chosen ?? (await freePort())
  const url = `http://localhost:${port}`
  const env = { ...process.env, GATEWAY_LISTEN: `127.0.0.1:${port}`, BRIDGE_TOKEN: "bridge-token-of-the-tests", GATEWAY_API_TOKEN: TOKEN, GATEWAY_STATE: join(state, "state"), ...settings }
  const child = spawn(GATEWAY, ["serve"], { env, stdio: "ignore" })
  await reaches(url, true, child)
  return {
    url,
    token: env.GATEWAY_API_TOKEN,
    /** What a pod presents. */
    bridgeToken: env.BRIDGE_TOKEN,
    /** The command line where the gateway runs; what it prints comes back. */
    cli: (...words) => run(GATEWAY, words, { env }).then(({ stdout }) => stdout),
    async stop() {
      const gone = new Promise((resolve) => child.once("exit", resolve))
      child.kill("SIGINT")
      await gone
      await rm(state, { recursive: true, force: true })
    },
  }
}
