// GitHub's OpenAPI 3.0 description, cut down to what is asked and turned into JSON Schema.
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import Ajv from "ajv"
import formats from "ajv-formats"

const require = createRequire(import.meta.url)
const file = require.resolve("@octokit/openapi/generated/api.github.com.json")
const description = JSON.parse(readFileSync(file, "utf8"))
/** What all schemas stand under, so that one can name another. */
const ALL = "https://description.example/all.json"
const checks = new Map()
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true })
formats(ajv)

/** `nullable` is no JSON Schema. */
function converted(schema) {
  if (Array.isArray(schema)) return schema.map(converted)
  if (schema === null || typeof schema !== "object") return schema
  const { nullable, example, examples, ...rest } = schema
  const entries = Object.entries(rest).map(([key, value]) => [
    key,
    key === "$ref" ? `${ALL}${value}` : key === "enum" || key === "default" ? value : converted(value),
  ])
  const made = Object.fromEntries(entries)
  return nullable === true ? { anyOf: [made, { type: "null" }] } : made
}

ajv.addSchema({ $id: ALL, components: { schemas: converted(description.components.schemas) } })

/** These may hold slashes. */
const LONG = ["{ref}", "{path}", "{branch}"]

/** The operation that a path belongs to: the one with the most that is written out. */
function operation(method, path) {
  const written = (template) => template.replace(/\{\w+\}/g, "").length
  const fits = Object.keys(description.paths).filter((template) => {
    const parts = template.split("/").map((part) => {
      if (LONG.includes(part)) return ".+"
      return part.startsWith("{") ? "[^/]+" : part.replace(/[.+]/g, "\\$&")
    })
    return new RegExp(`^${parts.join("/")}$`).test(path) && description.paths[template][method.toLowerCase()]
  })
  fits.sort((one, other) => written(other) - written(one))
  return fits[0] && { template: fits[0], ...description.paths[fits[0]][method.toLowerCase()] }
}

/** What is wrong with an answer, by GitHub's own words; empty if nothing is. */
export function faults(method, path, status, body) {
  const found = operation(method, path)
  if (!found) return [`${method} ${path} is not described`]
  let response = found.responses[String(status)]
  if (!response) return [`${method} ${found.template} has no answer ${status}`]
  if (response.$ref) response = description.components.responses[response.$ref.split("/").pop()]
  const schema = response.content?.["application/json"]?.schema
  if (!schema) return []
  const key = `${method} ${found.template} ${status}`
  const check = checks.get(key) ?? ajv.compile(converted(schema))
  checks.set(key, check)
  if (check(body)) return []
  return check.errors.map((error) => `${key} ${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`)
}

/** How many kinds of answers have been held against a schema. */
export const described = () => checks.size
