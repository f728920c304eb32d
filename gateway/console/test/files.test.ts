import { expect, test } from "vitest"
import { read, size, whyNot } from "../src/lib/files.ts"
import { missing, keptForm, toRequest } from "../src/start/form.ts"

const LIMITS = { files: 10, files_bytes: 5 * 1024 * 1024 }
const file = (name: string, bytes: number) => ({ name, size: bytes })

test("REQ-START-08 limits are told before anything is sent", () => {
  expect(whyNot([], [file("a.txt", LIMITS.files_bytes)], LIMITS)).toBeUndefined()
  expect(whyNot([{ size: 1 }], [file("a.txt", LIMITS.files_bytes)], LIMITS)).toContain("limited to 5.0 MiB")
  expect(whyNot(Array.from({ length: 9 }, () => ({ size: 1 })), [file("a", 1)], LIMITS)).toBeUndefined()
  expect(whyNot(Array.from({ length: 10 }, () => ({ size: 1 })), [file("a", 1)], LIMITS)).toContain("Up to 10 files")
  // Until the gateway has told its limits it alone checks them.
  expect(whyNot([], [file("a.txt", 2 * LIMITS.files_bytes)], undefined)).toBeUndefined()
  expect(whyNot([], [file("none.txt", 0)], LIMITS)).toBe("none.txt is empty.")
})

test("sizes are read easily", () => {
  expect([size(12), size(2000), size(3 * 1024 * 1024)]).toEqual(["12 B", "2 KiB", "3.0 MiB"])
})

test("REQ-START-08 content goes as base64", async () => {
  const taken = await read(new File(["the plan"], "plan.txt", { type: "text/plain" }))
  expect([taken.name, taken.size, atob(taken.content)]).toEqual(["plan.txt", 8, "the plan"])
})

test("REQ-START-01 a form carries category, priority and files", () => {
  const form = { ...keptForm(), prompt: "Do it", directory: "/work", category: " Fix ", priority: "high" as const }
  expect(missing(form)).toBeUndefined()
  const files = [{ name: "a.txt", content: "QQ==" }]
  expect(toRequest(form, files)).toMatchObject({ title: "Do it", category: "Fix", priority: "high", files })
  expect(toRequest({ ...form, category: "" }).category).toBeUndefined()
})
