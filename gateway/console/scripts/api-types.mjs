// Writes src/api/types.gen.ts, the API's JSON in TypeScript, from the gateway's own OpenAPI document.
// `npm run types` writes it; a test fails while it is stale.
import { createHash } from "node:crypto"
import { readFile, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { compile } from "json-schema-to-typescript"

const DOCUMENT = new URL("../../../docs/openapi.json", import.meta.url)
const TYPES = new URL("../src/api/types.gen.ts", import.meta.url)

/** @typedef {Record<string, any>} Json */

export async function stale() {
  return (await readFile(TYPES, "utf8").catch(() => "")) !== (await generated())
}

/** The whole file. */
export async function generated() {
  const text = await readFile(DOCUMENT, "utf8")
  return banner(text) + (await typesOf(JSON.parse(text)))
}

/** With the document's name in git, by which a test without Node sees what is stale. */
function banner(/** @type {string} */ document) {
  const name = createHash("sha1").update(`blob ${Buffer.byteLength(document)}\0${document}`).digest("hex")
  return `// Generated from docs/openapi.json (${name}), which the gateway's routes write: \`make docs\`.\n\n`
}

async function typesOf(/** @type {Json} */ document) {
  const named = { ...document.components.schemas, ...bodies(document), Operations: operations(document) }
  const text = await compile(simple({ $defs: named }), "Everything", {
    additionalProperties: false,
    bannerComment: "",
    ignoreMinAndMaxItems: true,
    style: { printWidth: 140, semi: false },
    unreachableDefinitions: true,
  })
  return clean(text)
}

/** What is sent with a call has a name of its own as well. */
function bodies(/** @type {Json} */ document) {
  return Object.fromEntries(all(document).flatMap(([, one]) => bodyOf(one) ?? []).map(({ title, ...schema }) => [title, schema]))
}

/** Under the id of each operation, what goes in and what comes out. */
function operations(/** @type {Json} */ document) {
  const properties = Object.fromEntries(all(document).map(([id, one]) => [id, operation(one)]))
  return { type: "object", description: "What each operation takes and answers, by its id.", properties, required: Object.keys(properties) }
}

function operation(/** @type {Json} */ one) {
  const [body, query] = [bodyOf(one), queryOf(one)]
  const properties = {
    ...(query && { query }),
    ...(body && { body: { $ref: `#/$defs/${body.title}` } }),
    answer: answerOf(one),
  }
  return { type: "object", properties, required: Object.keys(properties) }
}

/** @returns {[string, Json][]} */
function all(/** @type {Json} */ document) {
  return Object.values(document.paths).flatMap((path) => Object.values(path)).map((one) => [one.operationId, one])
}

/** @returns {Json | undefined} */
function bodyOf(/** @type {Json} */ one) {
  return one.requestBody?.content["application/json"]?.schema
}

/** @returns {Json | undefined} */
function queryOf(/** @type {Json} */ one) {
  const given = (one.parameters ?? []).filter((/** @type {Json} */ { in: place }) => place === "query")
  if (given.length === 0) return undefined
  const properties = Object.fromEntries(given.map((/** @type {Json} */ { name, schema, description }) => [name, { ...schema, description }]))
  return { type: "object", properties, required: given.filter((/** @type {Json} */ { required }) => required).map((/** @type {Json} */ { name }) => name) }
}

/** JSON, the events of a stream, or nothing that has a type. */
function answerOf(/** @type {Json} */ one) {
  const [, success] = Object.entries(one.responses).find(([status]) => status.startsWith("2")) ?? []
  const { content = {} } = success ?? {}
  return content["application/json"]?.schema ?? content["text/event-stream"]?.schema["x-event"] ?? { tsType: "undefined" }
}

/**
 * The same schema in the forms that the compiler gets right: a reference, one type, or all of several.
 * @returns {any}
 */
function simple(/** @type {any} */ schema) {
  if (Array.isArray(schema)) return schema.map(simple)
  if (typeof schema !== "object" || schema === null) return schema
  const { $ref, oneOf, anyOf, allOf = [], properties, required = [], ...rest } = schema
  /** @type {Json[]} */
  const parts = [
    $ref && { $ref: $ref.replace("#/components/schemas/", "#/$defs/") },
    properties && { type: "object", properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, simple(one)])), required },
    oneOf && { oneOf: simple(oneOf) },
    anyOf && !anyOf.every(isCondition) && { anyOf: simple(anyOf) },
    ...simple(allOf),
  ].filter(Boolean)
  const [only] = parts
  // What stands beside a reference makes a type of its own of it: a description is to stay the field's.
  if (parts.length > 1 || only?.$ref) return { ...(rest.description && { description: rest.description }), allOf: parts }
  return { ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, simple(value)])), ...only }
}

/** It says which of the fields that are described already must be there, and nothing of their types. */
function isCondition(/** @type {Json} */ schema) {
  return "required" in schema && !("type" in schema) && !("$ref" in schema)
}

/** Without what the compiler says of itself. */
function clean(/** @type {string} */ text) {
  return text
    .replace(/export interface Everything \{[^}]*\}\n/, "")
    .replace(/^ \*\n \* This interface was referenced by .*\n \* via the `definition` .*\n/gm, "")
    .replace(/^ \* This interface was referenced by .*\n \* via the `definition` .*\n/gm, "")
    .replace(/\/\*\*\n \*\/\n/g, "")
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(TYPES, await generated())
