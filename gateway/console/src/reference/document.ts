// The gateway's OpenAPI document, as far as the reference page reads it.

export interface Schema {
  $ref?: string
  type?: string | string[]
  description?: string
  format?: string
  pattern?: string
  const?: unknown
  enum?: unknown[]
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  properties?: Record<string, Schema | boolean>
  required?: string[]
  items?: Schema | boolean
  additionalProperties?: Schema | boolean
  oneOf?: Schema[]
  anyOf?: Schema[]
  allOf?: Schema[]
  "x-event"?: Schema
}

export interface Parameter {
  in: string
  name: string
  description: string
  required: boolean
  schema: Schema
}

type Content = Record<string, { schema: Schema }>

export interface Answer {
  description: string
  content?: Content
}

export interface Operation {
  operationId: string
  summary: string
  description?: string
  tags: string[]
  security: unknown[]
  parameters?: Parameter[]
  requestBody?: { content: Content }
  responses: Record<string, Answer>
}

export interface Reference {
  info: { title: string; version: string; description: string }
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

export interface Route extends Operation {
  method: string
  path: string
}

export function routes(document: Reference): Route[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  )
}

/** The name that a reference leads to. */
export function named(schema: Schema): string | undefined {
  return schema.$ref?.split("/").at(-1)
}

/** A type in a word or two, such as `string or null` or `list of Ask`. */
export function typeWords(schema: Schema | boolean | undefined): string {
  if (schema === undefined || typeof schema === "boolean") return "anything"
  const name = named(schema)
  if (name) return name
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" or ")
  const choices = schema.anyOf ?? schema.oneOf
  if (!schema.type && choices) return choices.length > 3 ? "one of several" : choices.map(typeWords).join(" or ")
  const kinds = [schema.type ?? meant(schema)].flat()
  return kinds.map((kind) => (kind === "array" ? `list of ${typeWords(schema.items)}` : kind)).join(" or ")
}

/** The type of a schema that names only what its values keep to. */
function meant(schema: Schema): string {
  if (schema.pattern !== undefined || schema.minLength !== undefined || schema.maxLength !== undefined) return "string"
  if (schema.minimum !== undefined || schema.maximum !== undefined) return "number"
  return schema.properties ? "object" : "anything"
}

function between(least: number | undefined, most: number | undefined): string {
  if (least === undefined) return `at most ${most}`
  return most === undefined ? `at least ${least}` : least === most ? `${least}` : `${least} to ${most}`
}

/** What a value must keep to. */
export function limits(schema: Schema): string {
  const said: string[] = []
  if (schema.minimum !== undefined || schema.maximum !== undefined) said.push(between(schema.minimum, schema.maximum))
  if (schema.minLength !== undefined || schema.maxLength !== undefined) said.push(`${between(schema.minLength, schema.maxLength)} ${(schema.maxLength ?? schema.minLength) === 1 ? "character" : "characters"}`)
  if (schema.format) said.push(schema.format)
  return said.join(", ")
}
