import { expect, test } from "vitest"
import { scrub, SECRETS, systemMemory } from "../src/scrub.ts"
import { bundled, place, run } from "./bun.ts"

test("REQ-GATE-07 what is taken is overwritten before it leaves, and then nobody may look", () => {
  const steps: string[] = []
  const env: Record<string, string | undefined> = { BRIDGE_TOKEN: "t", OPENCODE_SERVER_PASSWORD: "", ANTHROPIC_API_KEY: "k" }
  const memory = { forget: (name: string) => void steps.push(`${name} ${name in env}`), close: () => void steps.push("close") }
  expect(scrub(env, memory)).toEqual({ BRIDGE_TOKEN: "t", OPENCODE_SERVER_PASSWORD: "" })
  expect(env).toEqual({ ANTHROPIC_API_KEY: "k" })
  expect(steps).toEqual(["OPENCODE_SERVER_PASSWORD true", "BRIDGE_TOKEN true", "close"])
})

test("REQ-GATE-07 without any secret the process is closed all the same", () => {
  let closed = 0
  expect(scrub({}, { forget: () => expect.unreachable(), close: () => void (closed += 1) })).toEqual({})
  expect(closed).toBe(1)
})

test("where there is no Bun nothing is done to the process", async () => {
  const memory = await systemMemory()
  memory.forget("PATH")
  memory.close()
  expect(process.env["PATH"]).toBeTruthy()
})

test.runIf(process.platform === "linux")("REQ-GATE-07 in OpenCode's runtime no child, terminal or neighbour finds a secret", () => {
  const { at, write } = place()
  const module = bundled("scrub.ts", at("scrub.mjs"))
  const script = write("main.mjs", `
    import { spawnSync } from "node:child_process"
    import { scrub, systemMemory } from ${JSON.stringify(module)}
    const taken = scrub(process.env, await systemMemory())
    const child = (command, env) => spawnSync("sh", ["-c", command], { encoding: "utf8", ...(env ? { env } : {}) }).stdout
    const inherited = child("env")
    const given = child("env", { ...process.env })
    // The memory of the process itself still is its own to read.
    const memory = await Bun.file("/proc/self/environ").text().catch((error) => error.code)
    const neighbour = child("cat /proc/$PPID/environ 2>&1; id -u")
    console.log(JSON.stringify({ taken, inherited, given, memory, neighbour }))
  `)
  const secrets = Object.fromEntries(SECRETS.map((name) => [name, `secret-of-${name}`]))
  const said = JSON.parse(run(script, { ...secrets, KEPT: "yes" }))
  expect(said.taken).toEqual(secrets)
  for (const text of [said.inherited, said.given]) {
    expect(text).toContain("KEPT=yes")
    expect(text).not.toContain("secret-of")
  }
  expect(said.memory).not.toContain("secret-of")
  // Root may look into everybody, and finds it overwritten.
  expect(said.neighbour).not.toContain("secret-of")
})
