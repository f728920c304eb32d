import { drawn } from "./drawn.tsx"
import { renderToStaticMarkup } from "react-dom/server"
import { describe, expect, it } from "vitest"
import { KnownFilesContext } from "../src/markdown/file-names.tsx"
import { Markdown } from "../src/markdown/markdown.tsx"
import { safeLink, saysHost } from "../src/markdown/safe-link.ts"

const html = (text: string) => renderToStaticMarkup(<Markdown text={text} />)

/** What the browser makes of it. */
function page(text: string): HTMLElement {
  const element = document.createElement("div")
  element.innerHTML = html(text)
  return element
}

const HOSTILE = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg/onload=alert(1)>",
  "<iframe src=https://evil.test></iframe>",
  "<a href=\"javascript:alert(1)\">x</a>",
  "<style>*{display:none}</style>",
  "<form action=https://evil.test><input name=password></form>",
  "<details open ontoggle=alert(1)>",
  "<!-- --><b onmouseover=alert(1)>b</b>",
  "text <img src=https://evil.test/pixel.png> text",
  "<div\n\nonclick=alert(1)>",
  "```html\n<script>alert(1)</script>\n```",
  "`<script>alert(1)</script>`",
  "| <img src=x onerror=alert(1)> | b |\n|---|---|\n| <script>1</script> | c |",
  "- <img src=x onerror=alert(1)>\n  > <script>alert(1)</script>",
  "# <img src=x onerror=alert(1)>",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "```\"><script>alert(1)</script>\ncode\n```",
]

const BAD_LINKS = [
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "java\tscript:alert(1)",
  " javascript:alert(1)",
  "\u0001javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:x",
  "file:///etc/passwd",
  "blob:https://x/1",
  "//evil.test",
  "/api/v1/sessions",
  "https://github.com@evil.test/",
  "https://user:secret@evil.test/",
  "https://exa\u202emple.org",
]

describe("hostile Markdown", () => {
  it.each(HOSTILE)("%s stays text", (text) => {
    // REQ-THREAD-07
    const drawn = page(text)
    expect(drawn.querySelectorAll("script, img, svg:not(.lucide), iframe, style, form, object, embed, link, base, meta, details, video, audio, a")).toHaveLength(0)
    expect(drawn.querySelectorAll("input:not([type=checkbox])")).toHaveLength(0)
    for (const element of drawn.querySelectorAll("*")) {
      for (const { name } of element.attributes) expect(name.startsWith("on"), name).toBe(false)
    }
  })

  it.each(BAD_LINKS)("a link to %s is no link", (address) => {
    // REQ-THREAD-07
    expect(safeLink(address)).toBeUndefined()
    expect(page(`[click](<${address}>)`).querySelectorAll("a")).toHaveLength(0)
    expect(page(`[click][1]\n\n[1]: ${address}`).querySelectorAll("a[href^=javascript]")).toHaveLength(0)
  })

  it("loads no image, and says which one", () => {
    // REQ-THREAD-07
    const drawn = page("![a cat](https://evil.test/cat.png)")
    expect(drawn.querySelectorAll("img")).toHaveLength(0)
    expect(drawn.textContent).toContain("Remote image blocked: a cat (evil.test)")
  })

  it("shows where a link leads when its text says something else", () => {
    // REQ-THREAD-07
    const link = page("[https://github.com](https://evil.test/x)").querySelector("a")!
    expect(link.textContent).toContain("(evil.test)")
    expect(link.rel).toContain("noopener")
    expect(link.target).toBe("_blank")
    expect(saysHost("https://example.org/a", "example.org")).toBe(true)
    expect(saysHost("https://example.org.evil.test", "example.org")).toBe(false)
  })

  it("survives nesting that would break a stack", () => {
    expect(html(">".repeat(20_000) + " deep")).toBeTruthy()
    expect(html(`${"[".repeat(5_000)}x${"]".repeat(5_000)}`)).toBeTruthy()
    expect(html("- ".repeat(3_000))).toBeTruthy()
    expect(html("*".repeat(50_000))).toBeTruthy()
  }, 20_000)

  it("shows very long text a part at a time", () => {
    const begun = performance.now()
    const drawn = html("# x\n".repeat(1_500_000))
    expect(drawn.length).toBeLessThan(100_000)
    expect(performance.now() - begun).toBeLessThan(2000)
  })
})

describe("honest Markdown", () => {
  it("is drawn", () => {
    const drawn = page("# Title\n\nSome **bold** `code` and a [link](https://example.org/a).\n\n- one\n- [x] two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```rust\nfn main() {}\n```")
    expect(drawn.querySelector("h3")?.textContent).toBe("Title")
    expect(drawn.querySelector("strong")?.textContent).toBe("bold")
    expect(drawn.querySelector("a")?.getAttribute("href")).toBe("https://example.org/a")
    expect(drawn.querySelectorAll("li")).toHaveLength(2)
    expect(drawn.querySelectorAll("td")).toHaveLength(2)
    expect(drawn.querySelector("pre")?.textContent).toBe("fn main() {}")
  })

  it("reads entities as what they stand for, once", () => {
    expect(page("a &amp; b &lt;i&gt;").textContent).toBe("a & b <i>")
    expect(page("&amp;lt;").textContent).toBe("&lt;")
  })

  it("draws a fence that is still open", () => {
    expect(page("```js\nlet a = 1").querySelector("pre")?.textContent).toBe("let a = 1")
  })
})

describe("what agents like to write (B34)", () => {
  const page = (text: string, breaks = false) => drawn(<Markdown text={text} breaks={breaks} />)
  it("headings differ by their own level", () => {
    const levels = [...page("# a\n\n## b\n\n### c").querySelectorAll("h3, h4, h5")].map((heading) => [heading.tagName, heading.className])
    expect(levels).toEqual([["H3", "level-1"], ["H4", "level-2"], ["H5", "level-3"]])
  })
  it("columns are aligned as they say", () => {
    const cells = page("| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | 3 |").querySelectorAll("td")
    expect([...cells].map((cell) => cell.className.split(" ")[0])).toEqual(["text-left", "text-center", "text-right"])
  })
  it("details can be opened, and stay text when they do not end or hold anything else", () => {
    const folded = page("<details>\n<summary>Log</summary>\n\n**bold**\n\n</details>\n\nAfter")
    expect(folded.querySelector("details > summary")?.textContent).toBe("Log")
    expect(folded.querySelector("details strong")?.textContent).toBe("bold")
    expect(page("<details>\n<summary>Log</summary>\n\nx").querySelector("details")).toBeNull()
    expect(page("<details onclick=alert(1)>\n\nx\n\n</details>").querySelector("details")).toBeNull()
  })
  it("details end with their own end, hold text without empty lines, and are no details in code", () => {
    const nested = page("<details>\n<summary>Outer</summary>\n\n<details>\n<summary>Inner</summary>\ndeep\n</details>\n\nstill outer\n</details>\n\nAfter")
    expect([...nested.querySelectorAll("summary")].map((summary) => summary.textContent)).toEqual(["Outer", "Inner"])
    expect(nested.querySelector("details")?.textContent).toContain("still outer")
    expect(nested.querySelector("details")?.textContent).not.toContain("After")
    expect(page("<details><summary>Log</summary>one\ntwo</details>").querySelector("details")?.textContent).toBe("Logone\ntwo")
    expect(page("```html\n<details>\n<summary>x</summary>\n</details>\n```").querySelector("details")).toBeNull()
    const begun = performance.now()
    page("<details>\n".repeat(15_000))
    expect(performance.now() - begun).toBeLessThan(2000)
  })
  it("footnotes stand at the end, in the order of the text", () => {
    const noted = page("Two[^b] and one[^a], two again[^b].\n\n[^a]: The **first**\n  goes on.\n[^b]: The other.\n\nMore.")
    expect([...noted.querySelectorAll("sup")].map((mark) => mark.textContent)).toEqual(["1", "2", "1"])
    expect([...noted.querySelectorAll("section li")].map((note) => note.textContent)).toEqual(["The other.", "The first\ngoes on."])
    expect(noted.querySelector(".prose")?.lastElementChild?.tagName).toBe("SECTION")
    expect(noted.querySelector("section strong")?.textContent).toBe("first")
  })
  it("a footnote that leads nowhere, or that nothing leads to, is text", () => {
    expect(page("See[^1].").textContent).toBe("See[^1].")
    expect(page("Text.\n\n[^1]: Unused.").textContent).toContain("[^1]: Unused.")
    expect(page("`[^1]`\n\n[^1]: x").querySelector("sup")).toBeNull()
    expect(page("[^1] begins a line\n\n[^1]: x").querySelector("p")?.textContent).toBe("1 begins a line")
    const hostile = page("a[^1]\n\n[^1]: <img src=x onerror=alert(1)> [x](javascript:alert(1))")
    expect(hostile.querySelectorAll("img, a")).toHaveLength(0)
  })
  it("a diagram is code that says it is not drawn", () => {
    const drawn = page("```mermaid\ngraph TD; A-->B\n```")
    expect(drawn.querySelector("figcaption")?.textContent).toContain("not drawn here")
    expect(drawn.querySelector("pre")?.textContent).toBe("graph TD; A-->B")
  })
  it("headings of every level say their level", () => {
    const told = [...page("#### d\n\n##### e\n\n###### f").querySelectorAll("h6")].map((heading) => [heading.className, heading.getAttribute("aria-level")])
    expect(told).toEqual([["level-4", null], ["level-5", "7"], ["level-6", "8"]])
  })
  it("names of changed files lead to what changed, wherever they stand", () => {
    const known = { find: (name: string) => (name === "src/new.js" ? "src/new.js" : undefined), open: () => {} }
    const files = (text: string) => [...drawn(<KnownFilesContext value={known}><Markdown text={text} /></KnownFilesContext>).querySelectorAll("[data-file]")].map((name) => name.textContent)
    expect(files("I wrote `src/new.js`, and read `src/old.js`.")).toEqual(["src/new.js"])
    expect(files("See src/new.js.")).toEqual(["src/new.js"])
    expect(files("(src/new.js) and [the file](src/new.js)")).toEqual(["src/new.js", "the file (src/new.js)"])
    expect(files("[src/new.js](https://example.org/src/new.js)")).toEqual([])
    expect(files("```\nsrc/new.js\n```")).toEqual([])
  })
  it("a person's lines stay lines", () => {
    expect(page("one\ntwo", true).querySelectorAll("br")).toHaveLength(1)
    expect(page("one\ntwo").querySelectorAll("br")).toHaveLength(0)
  })
})
