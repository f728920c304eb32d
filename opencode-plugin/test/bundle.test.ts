import { mkdtempSync, readFileSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { build } from "esbuild"
import { expect, test } from "vitest"
import { PLUGIN_VERSION } from "../src/bridge.ts"

const KIB = 1024

test("REQ-PLUGIN-01 the bundle exports one plugin, needs nothing beside it, and stays small", async () => {
  const outfile = join(mkdtempSync(join(tmpdir(), "bundle-")), "plugin.mjs")
  const entry = new URL("../src/index.ts", import.meta.url).pathname
  const { metafile } = await build({ entryPoints: [entry], bundle: true, format: "esm", platform: "node", outfile, external: ["bun:ffi"], metafile: true, logLevel: "silent" })
  const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports.filter(({ external }) => external))
  expect(outside.filter(({ path }) => !/^(node|bun):/.test(path))).toEqual([])
  expect(statSync(outfile).size).toBeLessThan(600 * KIB)
  const module = await import(outfile)
  expect(Object.keys(module)).toEqual(["default"])
  expect(module.default).toMatchObject({ id: "opencode-gateway", server: expect.any(Function) })
})

test("the plugin says the version of its package", () => {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  expect(PLUGIN_VERSION).toBe(version)
})
