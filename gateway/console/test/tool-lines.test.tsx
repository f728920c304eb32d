// What a tool did is told with how it ended (REQ-THREAD-03, B12).
import { describe, expect, it } from "vitest"
import type { ToolLine } from "../src/api/types.gen.ts"
import { duration } from "../src/lib/time.ts"
import { ToolLines } from "../src/thread/tool-lines.tsx"
import { drawn } from "./drawn.tsx"

const line = (change: Partial<ToolLine["details"][number]>, state: ToolLine["state"] = "done"): ToolLine => ({
  state, text: "⚙️ Ran: npm run lint", details: [{ tool: "bash", subject: "npm run lint", output: "x", ...change }],
})

describe("a tool's line", () => {
  it("shows an exit code that is no success, and how long it took", () => {
    const failed = drawn(<ToolLines lines={[line({ exit_code: 2, took_ms: 4_200 })]} />)
    expect(failed.querySelector("[data-exit]")?.textContent).toBe("exit 2")
    expect(failed.textContent).toContain("4.2 s")
  })

  it("says nothing of what went well at once, or of what nobody told", () => {
    expect(drawn(<ToolLines lines={[line({ exit_code: 0, took_ms: 20 })]} />).textContent).toBe("Ran npm run lint")
    expect(drawn(<ToolLines lines={[line({})]} />).textContent).toBe("Ran npm run lint")
  })

  it("is red and says so when it failed", () => {
    const failed = drawn(<ToolLines lines={[{ ...line({}, "failed"), text: "❌ Tests failed: npm test (1 failed, 44 passed)" }]} />)
    expect(failed.querySelector("button")?.className).toContain("text-bad")
    expect(failed.textContent).toBe("Tests failed npm test (1 failed, 44 passed), failed")
  })

  it.each([[450, "0.5 s"], [1_000, "1 s"], [12_400, "12 s"], [60_000, "1 min"], [185_000, "3 min 5 s"], [3_700_000, "1 h 1 min"]])("%d ms are %s", (ms, words) => {
    expect(duration(ms)).toBe(words)
  })
})
