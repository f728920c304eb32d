import { expect, test } from "vitest"
import { mkdtempSync, writeFileSync } from "node:fs"
import os from "node:os"
import path from "node:path"
import { currentToken, readConfig } from "../src/config.ts"
import { jsonLog } from "../src/log.ts"
import { shorten } from "../src/text.ts"

function read(env: Record<string, string>) {
  const complaints: string[] = []
  return { config: readConfig(env, (sentence) => complaints.push(sentence)), complaints }
}

test("REQ-PLUGIN-02 works next to a local gateway with nothing set", () => {
  const { config, complaints } = read({ POD_NAME: "pod-a" })
  expect(config).toEqual({ url: "ws://127.0.0.1:8000/ws/bridge", token: undefined, timeoutMs: 310_000, gate: true, pod: "pod-a" })
  expect(complaints).toEqual([])
})

test("REQ-PLUGIN-02 takes the gateway's address as a web address too", () => {
  expect(read({ GATEWAY_URL: "https://gateway.test" }).config.url).toBe("wss://gateway.test/ws/bridge")
  expect(read({ GATEWAY_WS: "ws://gateway.test:8000/ws/bridge" }).config.url).toBe("ws://gateway.test:8000/ws/bridge")
  expect(read({ GATEWAY_TIMEOUT: "60" }).config.timeoutMs).toBe(60_000)
})

test("REQ-GATE-01 the gate is on unless its launcher says otherwise, and a word that nobody knows does not open it", () => {
  expect(read({ GATEWAY_GATE: "on" }).config.gate).toBe(true)
  expect(read({ GATEWAY_GATE: "off" }).config.gate).toBe(false)
  expect(read({ GATEWAY_GATE: "" }).config.gate).toBe(true)
  const { config, complaints } = read({ GATEWAY_GATE: "of" })
  expect([config.gate, complaints.length]).toEqual([true, 1])
})

test("REQ-PLUGIN-02 a bad value is named and replaced by its default", () => {
  const { config, complaints } = read({ GATEWAY_WS: "gopher://x", GATEWAY_TIMEOUT: "soon", POD_NAME: "a b" })
  expect(config).toMatchObject({ url: "ws://127.0.0.1:8000/ws/bridge", timeoutMs: 310_000, pod: "opencode" })
  for (const name of ["GATEWAY_WS", "GATEWAY_TIMEOUT", "POD_NAME"]) expect(complaints.join("\n")).toContain(name)
})

test("REQ-BRIDGE-10 a token file is read anew each time, and a missing one is named", () => {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), "token-")), "token")
  const { config } = read({ BRIDGE_TOKEN: "shared", BRIDGE_TOKEN_FILE: file, POD_NAME: "pod-a" })
  const complaints: string[] = []
  const now = () => currentToken(config, (sentence) => complaints.push(sentence))
  expect(now()).toBe("shared")
  expect(complaints.join()).toContain(file)
  writeFileSync(file, "first\n")
  expect(now()).toBe("first")
  writeFileSync(file, "renewed\n")
  expect(now()).toBe("renewed")
  expect(complaints).toHaveLength(1)
})

test("REQ-PLUGIN-06 log lines are JSON with the fields they were given", () => {
  const lines: string[] = []
  jsonLog((line) => lines.push(line)).warn("a command failed", { session_id: "ses_1" })
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: "warn", message: "a command failed", session_id: "ses_1" })
})

test("REQ-BRIDGE-09 shortened text keeps its ends and stays valid", () => {
  const long = `begin ${"ü🙂".repeat(50_000)} end`
  const short = shorten(long, 4096)
  expect(Buffer.byteLength(short)).toBeLessThan(4096 + 64)
  expect(short.startsWith("begin ") && short.endsWith(" end")).toBe(true)
  expect(short).not.toContain("\uFFFD")
  expect(shorten("short", 4096)).toBe("short")
})
