import { describe, expect, it } from "vitest"
import { DiffView } from "../src/diff/diff-view.tsx"
import { finder } from "../src/thread/changed-files.ts"
import { patchOf } from "../src/thread/take-away.ts"
import { drawn } from "./drawn.tsx"

const file = (path: string, patch?: string) => ({ path, additions: 1, deletions: 0, patch })

describe("what changed", () => {
  it("a patch says what is to be known of it, in lines that `git apply` skips", () => {
    const patch = "--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+x\n"
    expect(patchOf({ files: [file("x", patch), file("logo.png")], note: "Others worked here\ntoo." })).toBe(`# Others worked here too.\n${patch}# logo.png: no text to show\n`)
    expect(patchOf({ files: [file("x", patch)] })).toBe(patch)
  })

  it("a name means the one changed file that ends so (B34)", () => {
    const find = finder([file("web/src/new.js"), file("api/src/new.js"), file("web/readme.md"), file("readme.md")], "/w/task")
    expect(find("web/src/new.js")).toBe("web/src/new.js")
    expect(find("./web/src/new.js:12:3")).toBe("web/src/new.js")
    expect(find("/w/task/api/src/new.js#L4")).toBe("api/src/new.js")
    expect(find("src/new.js")).toBeUndefined()
    expect(find("readme.md")).toBe("readme.md")
    expect(find("ew.js")).toBeUndefined()
    expect(find("other.js")).toBeUndefined()
  })

  it("a long difference is drawn in parts, and says how much there is", () => {
    const lines = Array.from({ length: 2_000 }, (_, n) => `+line ${n}`).join("\n")
    const page = drawn(<DiffView diff={`--- a/x\n+++ b/x\n@@ -0,0 +1,2000 @@\n${lines}\n`} tall showPaths={false} />)
    expect(page.querySelectorAll("tr")).toHaveLength(400)
    expect(page.textContent).toContain("Show 1,600 more of 2,000 lines")
  })
})
