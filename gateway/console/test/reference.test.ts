import { expect, test } from "vitest"
import { limits, typeWords, type Route } from "../src/reference/document.ts"
import { curl, example } from "../src/reference/example.ts"

const all = {
  NewMessage: { type: "object", required: ["text", "by"], properties: { text: { type: "string" }, by: { $ref: "#/components/schemas/Person" }, key: { type: "string" } } },
  Person: { oneOf: [{ type: "object", required: ["kind"], properties: { kind: { const: "web" } } }, { type: "null" }] },
  Loop: { type: "object", required: ["inner"], properties: { inner: { $ref: "#/components/schemas/Loop" } } },
}

test("UX S4 each call has an example that fits its schema", () => {
  expect(example(all.NewMessage, all)).toEqual({ text: "Please continue", by: { kind: "web" } })
  expect(JSON.stringify(example(all.Loop, all))).toContain("inner")
  const route = { method: "POST", path: "/api/v1/sessions/{id}/messages", security: [{}], requestBody: { content: { "application/json": { schema: all.NewMessage } } } } as unknown as Route
  expect(curl(route, all, "http://x")).toBe(`curl -X POST 'http://x/api/v1/sessions/ses_…/messages' \\\n  -H "Authorization: Bearer $GATEWAY_API_TOKEN" \\\n  -H 'Content-Type: application/json' \\\n  -d '{"text":"Please continue","by":{"kind":"web"}}'`)
})

test("UX S4 types and limits are words", () => {
  expect(typeWords({ minLength: 1 })).toBe("string")
  expect(limits({ minLength: 1 })).toBe("at least 1 character")
  expect(limits({ minimum: 1, maximum: 200 })).toBe("1 to 200")
})
