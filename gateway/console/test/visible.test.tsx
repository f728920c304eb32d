// REQ-CONSOLE-01, B10: what an agent writes is shown as it is, everywhere.
import type { ReactElement } from "react"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import type { AskView } from "../src/api/types.gen.ts"
import { AskCard } from "../src/asks/ask-card.tsx"
import { DiffView } from "../src/diff/diff-view.tsx"
import { hidesSomething, visible } from "../src/lib/visible.ts"
import { Markdown } from "../src/markdown/markdown.tsx"
import { Item } from "../src/thread/items.tsx"
import { drawn as drawnHere } from "./drawn.tsx"
import { ask, said } from "./samples.ts"

const TURNED = "user\u202Egpj.exe"
const SHOWN = "user⟨U+202E⟩gpj.exe"

describe("hidden characters", () => {
  it.each([
    ["\u202E", "override"], ["\u2066", "isolate"], ["\u2069", "end of an isolate"], ["\u200E", "mark of direction"], ["\u061C", "Arabic mark"],
    ["\u200B", "zero width"], ["\u200D", "joiner alone"], ["\uFEFF", "byte order mark"], ["\u00AD", "soft hyphen"], ["\u3164", "Hangul filler"],
    ["\uFFA0", "half width filler"], ["\u115F", "Hangul filler"], ["\u2800", "braille blank"], ["\u180E", "Mongolian separator"], ["\u2028", "line separator"],
    ["\u0000", "null"], ["\u001B", "escape"], ["\u0085", "next line"], ["\r", "return alone"], ["\uFE0F", "selector after a letter"],
    ["\u{E0001}", "tag"], ["\u{E0041}", "tag letter"], ["\u{E01EF}", "selector"], ["\u{1D173}", "musical format"],
  ])("%j is written out (%s)", (hidden) => {
    const code = hidden.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")
    expect(visible(`a${hidden}b`)).toBe(`a⟨U+${code}⟩b`)
  })

  it.each([
    "👩🏽‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 ❤️‍🔥 👁️‍🗨️ ⚙️ 1️⃣ ☎︎ 🇩🇪 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "مرحبا بالعالم", "می‌خواهم", "שלום עולם", "क्‍ष", "葛\u{E0100}", "naïve Ünïcödé – “quotes” …", "one\r\ntwo\tthree\n",
  ])("%j stays as it is", (honest) => expect(visible(honest)).toBe(honest))

  it("are the same ones as on the other surfaces", () => {
    const lines = readFileSync("../domain/hidden.txt", "utf8").trim().split("\n")
    const ranges = lines.map((line) => line.split("..").map((code) => parseInt(code, 16)))
    const differ: string[] = []
    for (let code = 0xa0; code < 0xf0000; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue
      const listed = ranges.some(([first, last = first]) => code >= first! && code <= last!)
      if (hidesSomething(`a${String.fromCodePoint(code)}b`) !== listed) differ.push(code.toString(16))
    }
    expect(differ).toEqual([])
  })

  it("a text hidden behind an emoji is written out", () => {
    const tags = [..."rm"].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join("")
    expect(visible(`😀${tags}`)).toBe("😀⟨U+E0072⟩⟨U+E006D⟩")
    expect(visible("😀\uFE0F\uFE01\uFE02")).toBe("😀\uFE0F⟨U+FE01⟩⟨U+FE02⟩")
    expect(visible(`🏴${tags}\u{E007F}`)).toBe("🏴⟨U+E0072⟩⟨U+E006D⟩⟨U+E007F⟩")
  })
})

describe("what a person reads of it", () => {
  const drawn = (element: ReactElement) => drawnHere(element).textContent
  it.each(["plain TURNED", "# TURNED", "`TURNED`", "```sh\nTURNED\n```", "    TURNED", "| a |\n|---|\n| TURNED |", "<b>TURNED</b>", "![TURNED](https://x.test/a.png)", "[TURNED](https://x.test/)", "```TURNED\nx\n```"])(
    "agent's Markdown: %s",
    (text) => expect(drawn(<Markdown text={text.replace("TURNED", TURNED)} />)).toContain(SHOWN),
  )

  it("tool lines, files, notes, milestones, and what people wrote", () => {
    const at = { key: "k", order: "1", at: "2026-01-01T10:00:00Z" }
    const items = [
      { ...at, kind: "tools", lines: [{ state: "done", text: `⚙️ Ran: ${TURNED}`, details: [{ tool: "bash", subject: TURNED, output: "x" }] }] },
      { ...at, kind: "note", tone: "info", text: TURNED },
      { ...at, kind: "milestones", milestones: [{ id: "m", at: at.at, sort: "phase", description: TURNED }] },
      { ...at, kind: "said", by: { who: "person", name: "anna" }, text: "x", complete: true, files: [{ id: "prt_1f0", name: TURNED, mime: "text/plain" }] },
      { ...at, kind: "said", by: { who: "person", name: "anna" }, text: TURNED, complete: true },
      said("k", "1", TURNED),
    ] as Parameters<typeof Item>[0]["item"][]
    for (const item of items) expect(drawn(<Item item={item} continued={false} live last={false} />), item.kind).toContain(SHOWN)
  })

  // The words of a request come with hidden characters written out; what the page takes from elsewhere in it does not.
  it("asks: directory, arguments, other metadata, fields, the gate's detail, where it is talked about", () => {
    const held = ask("held tool")
    const gate = ask("gate")
    const setup = ask("move to workspace")
    if (held.kind !== "held" || gate.kind !== "gate" || setup.kind !== "configuration") throw new Error("other samples")
    const cards = [
      ask("bash", { directory: `/${TURNED}` }),
      { ...held, held: { ...held.held, arguments: { title: TURNED } } },
      { ...gate, detail: TURNED },
      { ...ask("webfetch"), metadata: { format: TURNED } },
      { ...setup, fields: [{ name: "x", label: TURNED, required: true }] },
      ask("bash", { aside: { by: "anna", at: "2026-01-01T10:00:00Z", place: TURNED } }),
    ]
    for (const card of cards) expect(drawn(<AskCard ask={card as AskView} live />)).toContain(SHOWN)
  })

  it("a diff's lines and paths", () => {
    const text = drawn(<DiffView diff={`--- a/${TURNED}\n+++ b/${TURNED}\n@@ -1 +1 @@\n-x\n+if ${TURNED}\n`} />)
    expect(text).toContain(`if ${SHOWN}`)
    expect(text?.split(SHOWN)).toHaveLength(3)
  })
})
