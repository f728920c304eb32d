import { existsSync, mkdirSync, symlinkSync } from "node:fs"
import { expect, test } from "vitest"
import { blockForeignModules, FOLDERS, type ModuleLoader, ownFolders } from "../src/loader-block.ts"
import { bundled, place, run } from "./bun.ts"

/** What the loader would do with a file: load it, or throw the sentence. */
function judge(own: readonly string[]): (file: string) => string | undefined {
  let load: (file: { path: string }) => { contents: string } | undefined = () => undefined
  let filter = /^$/
  const loader: ModuleLoader = {
    plugin: ({ setup }) => setup({ onLoad: (which, then) => ([filter, load] = [which.filter, then]) }),
  }
  blockForeignModules(loader, own)
  return (file) => (filter.test(file) ? load({ path: file })?.contents : undefined)
}

const HOSTILE = [
  "/work/shop/.opencode/plugin/evil.ts", "/work/shop/.opencode/plugins/evil.js", "/work/shop/.opencode/tool/bash.ts",
  "/work/shop/node_modules/evil/index.js", "/work/shop/.opencode/node_modules/evil/main.cjs",
  "/opt/plugin/..", "/opt/plugin\n/../../work/evil.js", "/srv/more/a\nb/../../../work/evil.js", "/opt/plugin-evil/index.js", "/opt/plugin/../../work/shop/evil.js", "/home/codev/.cache/opencode/node_modules/evil/index.js",
]

test("REQ-GATE-05 only the operator's folders are loaded, whatever a path begins with", () => {
  const refusal = judge(["/opt/plugin", "/srv/more/"])
  for (const file of HOSTILE) expect(refusal(file), file).toContain(FOLDERS)
  for (const file of ["/opt/plugin/index.js", "/opt/plugin/..index.js", "/srv/more/a..b/c.js", "/srv/more/a/b.ts", "/$bunfs/root/index.js"]) expect(refusal(file), file).toBeUndefined()
})

test("REQ-GATE-05 whoever names nothing, or the root, has named no folder", () => {
  for (const own of [[], ["/"], ["", "//"]]) expect(judge(own)("/work/shop/evil.js"), own.join()).toContain(FOLDERS)
  expect(judge(["/opt/a.b"])("/opt/aXb/evil.js")).toContain(FOLDERS)
})

test("REQ-GATE-05 a name in the sentence of a refusal cannot become code", () => {
  const contents = judge(["/opt/plugin"])('/work/");evil();("\n/x.js') ?? ""
  expect(() => new Function(contents)()).toThrow("is not loaded into OpenCode")
})

test("the operator's folders are the plugin's, OpenCode's configuration and those that are named whole", () => {
  const env = { XDG_CONFIG_HOME: "/cfg", [FOLDERS]: "/srv/a:relative:/srv/b:" }
  const folders = ownFolders("/opt/plugin", env)
  expect(folders).toEqual(expect.arrayContaining(["/opt/plugin", "/cfg/opencode", "/etc/opencode", "/srv/a", "/srv/b"]))
  expect(folders).not.toContain("relative")
  expect(folders).not.toContain("")
})

/** Each way in which a repository gets code imported: [file, how it is imported]. */
const WAYS: Record<string, [file: string, load: string]> = {
  plugin: [".opencode/plugin/evil.ts", 'import("./.opencode/plugin/evil.ts")'],
  "another folder of plugins": [".opencode/plugins/evil.js", 'import("./.opencode/plugins/evil.js")'],
  "custom tool": [".opencode/tool/deploy.ts", 'import("./.opencode/tool/deploy.ts")'],
  "package that opencode.json names": ["node_modules/evil/index.js", 'import("evil")'],
  "package by require": ["node_modules/evil-cjs/index.cjs", 'require("evil-cjs/index.cjs")'],
  "file of a package, by its address": ["lib/evil.mjs", "import(new URL('./lib/evil.mjs', import.meta.url).href)"],
  "local MCP server as a module": ["mcp/server.mjs", 'import("./mcp/server.mjs")'],
  "with something behind its name": ["lib/evil2.mjs", 'import("./lib/evil2.mjs?v=2")'],
}

test("REQ-GATE-05 no module of a hostile repository is loaded into OpenCode's runtime, and the operator's are", () => {
  const { at, write } = place()
  const block = bundled("loader-block.ts", at("plugin/loader-block.mjs"))
  const mark = (name: string) => `process.getBuiltinModule("node:fs").writeFileSync(${JSON.stringify(at(`ran-${name}`))}, "")\n`
  const names = Object.keys(WAYS)
  names.forEach((name, n) => write(`repo/${WAYS[name]![0]}`, mark(String(n))))
  write("repo/opencode.json", JSON.stringify({ plugin: ["evil", "file:./lib"], mcp: { evil: { type: "local", command: ["sh", "-c", "touch x"] } } }))
  // The operator's folder is theirs alone, but a link of it may lead into a repository.
  mkdirSync(at("operator"), { recursive: true })
  write("repo/linked.mjs", mark("linked"))
  symlinkSync(at("repo/linked.mjs"), at("operator/linked.mjs"))
  write("operator/own.mjs", mark("own"))
  const tries = [...names.map((name) => WAYS[name]![1]), `import(${JSON.stringify(at("operator/linked.mjs"))})`, `import(${JSON.stringify(at("operator/own.mjs"))})`]
  const script = write("repo/main.mjs", `
    const { blockForeignModules } = await import(${JSON.stringify(block)})
    blockForeignModules(Bun, [${JSON.stringify(at("plugin"))}, ${JSON.stringify(at("operator"))}])
    const said = []
    for (const load of [${tries.map((one) => `async () => ${one}`).join(", ")}]) {
      try { await load(); said.push("loaded") } catch (error) { said.push(String(error.message).includes("is not loaded into OpenCode") ? "refused" : String(error)) }
    }
    console.log(JSON.stringify(said))
  `)
  const said = JSON.parse(run(script, {}, at("repo"))) as string[]
  expect(said).toEqual([...names.map(() => "refused"), "refused", "loaded"])
  expect(names.filter((_, n) => existsSync(at(`ran-${n}`)))).toEqual([])
  expect([existsSync(at("ran-linked")), existsSync(at("ran-own"))]).toEqual([false, true])
})
