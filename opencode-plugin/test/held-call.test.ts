import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { difference } from "../src/file-diff.ts"
import { told } from "../src/held-call.ts"

function place() {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "held-")))
  const work = join(home, "work")
  mkdirSync(join(work, "src"), { recursive: true })
  writeFileSync(join(home, "secret"), "s")
  writeFileSync(join(work, "src/a.txt"), "one\ntwo\nthree\n")
  return { home, work }
}

test("REQ-GATE-01 a file is told with the place that links lead it to", async () => {
  const { home, work } = place()
  symlinkSync(join(home, "secret"), join(work, "link"))
  symlinkSync(join(home, "not-there-yet"), join(work, "dangling"))
  symlinkSync(home, join(work, "up"))
  symlinkSync(work, join(home, "alias"))
  const real = async (filePath: string, directory = work) => (await told("read", { filePath }, directory)).real_file
  expect(await real("src/a.txt")).toBeUndefined()
  expect(await real("src/new.txt")).toBeUndefined()
  expect(await real("link")).toBe(join(home, "secret"))
  expect(await real("dangling")).toBe(join(home, "not-there-yet"))
  expect(await real("up/secret")).toBe(join(home, "secret"))
  expect(await real("up/new/file")).toBe(join(home, "new/file"))
  expect(await real("src/a.txt", join(home, "alias"))).toBeUndefined()
  expect(await real("link", join(home, "alias"))).toBe(join(home, "secret"))
  symlinkSync("ring", join(work, "ring"))
  await expect(real("ring")).rejects.toThrow("did not run")
})

test("REQ-GATE-06 a change is told as a difference, whole", async () => {
  const { work } = place()
  const diff = async (tool: string, args: Record<string, unknown>) => (await told(tool, { filePath: "src/a.txt", ...args }, work)).diff
  expect(await diff("edit", { oldString: "two", newString: "2" })).toBe("--- src/a.txt\n+++ src/a.txt\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n")
  expect(await diff("write", { content: "one\n" })).toContain("-two\n-three\n")
  expect(await diff("write", { filePath: "new.txt", content: "a\nb" })).toBe("--- new.txt\n+++ new.txt\n@@ -1,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n")
  expect(await diff("edit", { oldString: "not there", newString: "x" })).toContain("-not there\n")
  expect(await diff("edit", { oldString: "t", newString: "T", replaceAll: true })).toContain("+Two\n+Three\n")
  expect(await diff("apply_patch", { patchText: "*** Begin Patch" })).toBe("*** Begin Patch")
  expect(await diff("write", { content: 7 })).toBeUndefined()
  expect(await told("bash", { command: "ls", path: "x" }, work)).toEqual({ command: "ls" })
})

test("REQ-GATE-06 nothing of a change is left out", () => {
  const long = Array.from({ length: 50 }, (_, n) => `line ${n}\n`)
  const after = [...long.slice(0, 10), "new\n", ...long.slice(10, 40), ...long.slice(42)]
  const shown = difference(long.join(""), after.join(""))
  expect(shown).toContain("+new\n")
  expect(shown).toContain("-line 40\n")
  expect(difference("a\n", "a\n")).toBe("")
  expect(difference("a", "a\n")).toContain("-a\n\\ No newline at end of file\n+a\n")
})
