// OpenCode's binary is Bun too: what is tried in it happens as it would happen in OpenCode.
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { buildSync } from "esbuild"

/** The platform's package; those without AVX2 run everywhere. */
function binary(): string {
  const arch = process.arch === "arm64" ? "arm64" : "x64"
  const os = process.platform === "darwin" ? "darwin" : "linux"
  const named = [`opencode-${os}-${arch}-baseline`, `opencode-${os}-${arch}`]
  const all = named.map((name) => new URL(`../node_modules/${name}/bin/opencode`, import.meta.url).pathname)
  const found = [process.env["OPENCODE_BIN"], ...all].find((path) => path && existsSync(path))
  if (!found) throw new Error("No opencode: run `make setup`, or set OPENCODE_BIN.")
  return found
}

export type Place = { root: string; at(file: string): string; write(file: string, text: string): string }

export function place(): Place {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "bun-")))
  const at = (file: string) => join(root, file)
  const write = (file: string, text: string) => {
    mkdirSync(dirname(at(file)), { recursive: true })
    writeFileSync(at(file), text)
    return at(file)
  }
  return { root, at, write }
}

/** Makes one file of a source of the plugin's, and returns where it lies. */
export function bundled(source: string, outfile: string): string {
  const entry = new URL(`../src/${source}`, import.meta.url).pathname
  buildSync({ entryPoints: [entry], bundle: true, format: "esm", platform: "node", outfile, external: ["bun:ffi"], logLevel: "silent" })
  return outfile
}

/** Runs a script in OpenCode's own runtime; returns what it printed. */
export function run(script: string, env: Record<string, string> = {}, cwd = dirname(script)): string {
  const all = { PATH: process.env["PATH"] ?? "", HOME: cwd, BUN_BE_BUN: "1", NO_COLOR: "1", npm_config_offline: "true", ...env }
  return execFileSync(binary(), ["run", script], { cwd, env: all, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 15_000 })
}
