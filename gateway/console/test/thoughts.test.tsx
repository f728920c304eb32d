import { describe, expect, it } from "vitest"
import type { ItemOf } from "../src/api/thread-fold.ts"
import type { ThreadItem } from "../src/api/types.gen.ts"
import { Item } from "../src/thread/items.tsx"
import { thoughtWords } from "../src/thread/thought.tsx"
import { thoughtsTogether } from "../src/thread/thoughts.ts"
import { drawn } from "./drawn.tsx"

const thought = (key: string, text: string, took_ms?: number, complete = true): ItemOf<"thought"> => ({ kind: "thought", key, order: key, at: "2026-01-01T00:00:00Z", text, complete, took_ms })
const note: ThreadItem = { kind: "note", key: "n", order: "n", at: "2026-01-01T00:00:00Z", tone: "info", text: "x" }

describe("what the model thought (B35)", () => {
  it("says how long it took, as far as that is known", () => {
    expect(thoughtWords(thought("a", "x", 12_400))).toBe("Thought for 12 s")
    expect(thoughtWords(thought("a", "x", 12))).toBe("Thought briefly")
    expect(thoughtWords(thought("a", "x"))).toBe("Thought")
    expect(thoughtWords(thought("a", "", undefined, false))).toBe("Thinking…")
    expect(thoughtWords({ ...thought("a", "x", 3_000), times: 3 })).toBe("Thought 3 times, 3 s")
    expect(thoughtWords({ ...thought("a", "x"), times: 3 })).toBe("Thought 3 times")
  })

  it("what was thought in a row is one row, in its order", () => {
    const shown = thoughtsTogether([thought("a", "one", 1_000), thought("b", "two"), note, thought("c", "three", 500), thought("d", "", undefined, false)])
    expect(shown.map((item) => item.key)).toEqual(["a", "n", "c"])
    expect(shown[0]).toMatchObject({ text: "one\n\n---\n\ntwo", took_ms: 1_000, times: 2, complete: true })
    expect(shown[2]).toMatchObject({ text: "three", took_ms: 500, times: 2, complete: false })
    const alone = [note, thought("a", "one")]
    expect(thoughtsTogether(alone)).toBe(alone)
  })

  it("is folded", () => {
    const page = drawn(<Item item={thought("a", "I could delete it all.", 900)} continued={false} live last />)
    expect(page.textContent).toBe("Thought for 0.9 s")
    expect(page.querySelector("button")?.getAttribute("aria-expanded")).toBe("false")
  })
})

describe("files of a message (B33)", () => {
  it("pictures are seen, texts are opened, others are downloaded", () => {
    const files = [{ id: "f0", name: "screen.png", mime: "image/png" }, { id: "f1", name: "plan.txt", mime: "text/plain" }, { id: "f2", name: "a.pdf", mime: "application/pdf" }, { id: "f3", name: "evil.svg", mime: "image/svg+xml" }]
    const item: ThreadItem = { kind: "said", key: "msg_1", order: "1", at: "2026-01-01T00:00:00Z", by: { who: "person", name: "anna" }, text: "Look", complete: true, files }
    const page = drawn(<Item item={item} continued={false} live last />)
    expect([...page.querySelectorAll("img")].map((img) => img.getAttribute("src"))).toEqual(["/api/v1/sessions//messages/msg_1/files/f0"])
    expect([...page.querySelectorAll("button")].map((button) => button.getAttribute("aria-label"))).toEqual(["Open screen.png", "Open plan.txt"])
    expect([...page.querySelectorAll("a")].map((link) => [link.getAttribute("aria-label"), link.hasAttribute("download")])).toEqual([["Download a.pdf", true], ["Download evil.svg", true]])
  })
})
