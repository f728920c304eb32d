import { readdirSync, readFileSync } from "node:fs"
import Ajv2020 from "ajv/dist/2020.js"
import { expect, test } from "vitest"
import { decode } from "../src/link.ts"
import { COMMAND_NAMES, EVENT_NAMES } from "../src/protocol.gen.ts"

const PROTOCOL = new URL("../../bridge-protocol/", import.meta.url)

function files(folder: string): [string, string][] {
  const url = new URL(`golden/${folder}`, PROTOCOL)
  return readdirSync(url, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => [name, readFileSync(new URL(name, url), "utf8")])
}

function validator(name: string) {
  const schema = JSON.parse(readFileSync(new URL(`schema/${name}-frame.json`, PROTOCOL), "utf8"))
  return new Ajv2020({ strict: false, validateFormats: false }).compile(schema)
}

const validate = { plugin: validator("plugin"), gateway: validator("gateway") }

test.each(files(""))("REQ-BRIDGE-12 %s is as the schema says", (name, text) => {
  const check = name.startsWith("plugin.") ? validate.plugin : validate.gateway
  expect(check(JSON.parse(text)), JSON.stringify(check.errors)).toBe(true)
})

test("REQ-BRIDGE-12 frames of the gateway are read, also those of a newer one", () => {
  for (const [name, text] of [...files(""), ...files("newer/")].filter(([name]) => name.startsWith("gateway."))) {
    expect(decode(text), name).toEqual(JSON.parse(text))
  }
})

test("REQ-BRIDGE-09 what is no frame is told in a sentence", () => {
  for (const [name, text] of files("bad/").filter(([name]) => name.startsWith("not_json"))) {
    expect(decode(text), name).toMatch(/\.$/)
  }
})

test("REQ-BRIDGE-12 every command and event has a golden frame", () => {
  const names = new Set(files("").map(([name]) => name))
  for (const name of COMMAND_NAMES) expect(names).toContain(`gateway.${name}.json`)
  for (const name of EVENT_NAMES) expect(names).toContain(`plugin.${name}.json`)
})
