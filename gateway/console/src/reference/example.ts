// An example of each call, made from the document: what to type in a terminal.
import { named, type Route, type Schema } from "./document.ts"

type Schemas = Record<string, Schema>

/** Deeper than this a type holds itself. */
const DEEPEST = 5

/** Words that say more than "string" does, by the name of the field. */
const SAMPLES: Record<string, string> = {
  answer: "once", directory: "/work/shop", model: "claude-sonnet-4-5", name: "Anna", prompt: "Add a health check, with a test",
  provider: "anthropic", text: "Please continue", title: "Add a health check",
}

/** A value that fits: what is required, and the first of several choices. */
export function example(schema: Schema | boolean | undefined, all: Schemas, name = "", depth = 0): unknown {
  if (schema === undefined || typeof schema === "boolean" || depth > DEEPEST) return {}
  const of = named(schema)
  if (of) return example(all[of], all, name, depth + 1)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  const choice = schema.oneOf?.[0] ?? (schema.type ? undefined : schema.anyOf?.[0])
  if (choice && !schema.properties) return example(choice, all, name, depth + 1)
  const kind = [schema.type].flat()[0]
  if (kind === "array") return [example(schema.items, all, name, depth + 1)]
  if (kind === "integer" || kind === "number") return schema.minimum ?? 1
  if (kind === "boolean") return true
  if (kind === "string" || (!kind && schema.pattern)) return SAMPLES[name] ?? "…"
  return fields(schema, all, depth)
}

function fields(schema: Schema, all: Schemas, depth: number): Record<string, unknown> {
  const own = Object.entries(schema.properties ?? {}).filter(([field]) => schema.required?.includes(field))
  const parts = (schema.allOf ?? []).map((part) => example(part, all, "", depth + 1))
  return Object.assign({}, ...parts, Object.fromEntries(own.map(([field, of]) => [field, example(of, all, field, depth + 1)])))
}

export function curl(route: Route, all: Schemas, origin: string): string {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => (name === "id" ? "ses_…" : name.toUpperCase()))
  const asked = (route.parameters ?? []).filter((one) => one.in === "query" && one.required).map((one) => `${one.name}=…`)
  const lines = [`curl ${route.method === "GET" ? "" : `-X ${route.method} `}'${origin}${path}${asked.length > 0 ? `?${asked.join("&")}` : ""}'`]
  if (route.security.length > 0) lines.push(`-H "Authorization: Bearer $GATEWAY_API_TOKEN"`)
  const body = Object.entries(route.requestBody?.content ?? {})[0]
  if (body) lines.push(`-H 'Content-Type: ${body[0]}'`, `-d '${JSON.stringify(example(body[1].schema, all)).replaceAll("'", "'\\''")}'`)
  return lines.join(" \\\n  ")
}
