import { expect, test } from "vitest"
import { broughtByRepositories, effective, unasked } from "../src/effective.ts"
import { OpenCode } from "../src/opencode.ts"

const OFF = { OPENCODE_DISABLE_PROJECT_CONFIG: "1", OPENCODE_DISABLE_EXTERNAL_SKILLS: "true", OPENCODE_DISABLE_CLAUDE_CODE: "1" }
const rule = (permission: string, action: string, pattern = "*") => ({ permission, pattern, action })

function opencode(byDirectory: Record<string, unknown>) {
  const fetch = async (request: Request) => {
    const found = byDirectory[new URL(request.url).searchParams.get("directory") ?? ""]
    return new Response(JSON.stringify(found ?? {}), { status: found ? 200 : 500 })
  }
  const client = { _client: { getConfig: () => ({ baseUrl: "http://opencode.test", fetch: fetch as never }) } }
  return new OpenCode({ client, serverUrl: new URL("http://opencode.test") })
}

test("REQ-GATE-05 what a repository can bring is named until each switch is on and modules are blocked", () => {
  expect(broughtByRepositories(OFF, true)).toEqual([])
  expect(broughtByRepositories({}, false)).toHaveLength(3)
  expect(broughtByRepositories({ ...OFF, OPENCODE_DISABLE_CLAUDE_CODE: "0" }, true)).toEqual(["its skills"])
  expect(broughtByRepositories({ ...OFF, OPENCODE_DISABLE_PROJECT_CONFIG: "" }, true)).toHaveLength(1)
  expect(broughtByRepositories(OFF, false)[0]).toContain("inside OpenCode")
})

test("REQ-GATE-05 what agents may do without an ask is read as OpenCode reads it, in all open directories", async () => {
  const build = { name: "build", mode: "primary", permission: [rule("*", "allow"), rule("webfetch", "ask"), rule("bash", "deny", "rm *")] }
  const plan = { name: "plan", mode: "primary", permission: [rule("*", "allow"), rule("edit", "deny"), rule("bash", "ask"), rule("webfetch", "ask"), rule("external_directory", "ask")] }
  const hidden = { name: "title", mode: "primary", hidden: true, permission: [rule("*", "allow")] }
  const sub = { name: "general", mode: "subagent", permission: [rule("*", "allow")] }
  const loose = { ...plan, permission: [rule("*", "allow")] }
  const one = opencode({ "/a": [build, plan, hidden, sub], "/b": [build, loose] })
  expect(await unasked(one, ["/a"])).toEqual(["build: edit, bash, external_directory"])
  expect(await unasked(one, ["/a", "/b"])).toEqual(["build: edit, bash, external_directory", "plan: edit, bash, webfetch, external_directory"])
})

test("REQ-GATE-05 an OpenCode that does not say what it allows is not told as one that allows nothing", async () => {
  const told = await effective({ gate: true, env: OFF, loaderBlock: true, opencode: opencode({}), directories: ["/a"] })
  expect(told).toEqual({ gate: true, repository: [], unasked: ["OpenCode did not tell"] })
})

test("REQ-GATE-05 all directories are asked at once, and told in their order", async () => {
  const names = ["/a", "/b", "/c"]
  const waiting: (() => void)[] = []
  const fetch = async (request: Request) => {
    await new Promise<void>((resolve) => {
      waiting.unshift(resolve)
      // Nobody gets an answer before all have asked, and who asked last gets the first.
      if (waiting.length === names.length) for (const answer of waiting) answer()
    })
    const name = new URL(request.url).searchParams.get("directory")
    return new Response(JSON.stringify([{ name, mode: "primary", permission: [rule("edit", "allow")] }]))
  }
  const client = { _client: { getConfig: () => ({ baseUrl: "http://opencode.test", fetch: fetch as never }) } }
  const one = new OpenCode({ client, serverUrl: new URL("http://opencode.test") })
  expect(await unasked(one, names)).toEqual(["/a: edit", "/b: edit", "/c: edit"])
})
