import { describe, expect, it } from "vitest"
import { parseDiff } from "../src/diff/parse.ts"

describe("a unified diff", () => {
  it("is read as OpenCode writes it", () => {
    // REQ-ASK-01
    const [file] = parseDiff("Index: /w/a.txt\n=====\n--- /w/a.txt\n+++ /w/a.txt\n@@ -0,0 +1,1 @@\n+Hello, world!\n")
    expect(file).toMatchObject({ path: "/w/a.txt", additions: 1, deletions: 0 })
    expect(file!.lines).toEqual([{ kind: "add", text: "Hello, world!", after: 1 }])
  })

  it("takes lines that look like headers for what they are", () => {
    const [file, other] = parseDiff("--- a/x.sql\n+++ b/x.sql\n@@ -1,2 +1,2 @@\n--- old comment\n+++ new\n same\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n")
    expect(file).toMatchObject({ path: "x.sql", additions: 1, deletions: 1 })
    expect(file!.lines.map((line) => line.text)).toEqual(["-- old comment", "++ new", "same"])
    expect(other).toMatchObject({ path: "y", additions: 1, deletions: 1 })
  })

  it("names a deleted file, and marks gaps between hunks", () => {
    const [gone] = parseDiff("--- a/gone.txt\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-bye\n")
    expect(gone?.path).toBe("gone.txt")
    const [file] = parseDiff("--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-a\n+b\n@@ -9,1 +9,1 @@ fn main\n-c\n+d\n\\ No newline at end of file\n")
    expect(file!.lines.map((line) => line.kind)).toEqual(["remove", "add", "gap", "remove", "add"])
  })

  it("is empty for what is no diff", () => {
    expect(parseDiff("just text")).toEqual([])
  })
})
