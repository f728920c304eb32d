// What is drawn before React is there is what React draws.
import { renderToStaticMarkup } from "react-dom/server"
import { afterEach, describe, expect, it, vi } from "vitest"
import { drawFirst } from "../src/first-picture.tsx"
import { draw } from "../src/lib/draw.ts"
import { GroupSection, More, SessionRow } from "../src/list/rows.tsx"
import { Frame } from "../src/shell/frame.tsx"
import type { SessionCard } from "../src/api/types.gen.ts"
import { card } from "./samples.ts"

const NOW = Date.parse("2026-01-03T12:00:00Z")
const CARDS: SessionCard[] = [
  card({ session: "a", title: "Fix <b>login</b> & \"more\"", doing: "waiting", open_asks: ["x", "y"], priority: "urgent" }),
  card({ session: "b", title: "", doing: "failed", failed: { at: "", why: "Model not found." }, active_at: "2026-01-03T11:00:00Z" }),
  card({ session: "c", title: "rm -rf \u202E /", doing: "working", online: false }),
]

/** As the browser reads it: the two ways write out empty elements and quotation marks in their own way. */
function read(html: string): string {
  const page = document.createElement("div")
  page.innerHTML = html
  return page.innerHTML
}

function both(element: React.ReactElement) {
  const page = document.createElement("div")
  draw(element, page)
  return [read(page.innerHTML), read(renderToStaticMarkup(element))]
}

describe("what is drawn first", () => {
  it("is what React draws, attribute by attribute", () => {
    // Issue 12, point 11: console_first_page
    for (const one of CARDS) {
      const [first, then] = both(<SessionRow card={one} titles={new Map()} now={NOW} active={one.session === "a"} />)
      expect(first).toBe(then)
    }
    const group = { doing: "idle" as const, title: "Ready", cards: CARDS }
    const [first, then] = both(<Frame isHome wide startable menu={null} list={<GroupSection group={group}><More count={31} /></GroupSection>} />)
    expect(first).toBe(then)
  })

  it("never takes words for elements", () => {
    const page = document.createElement("div")
    draw(<SessionRow card={CARDS[0]!} titles={new Map()} now={NOW} />, page)
    expect(page.querySelector("b")).toBeNull()
    expect(page.textContent).toContain("Fix <b>login</b> & \"more\"")
  })
})

describe("the first picture", () => {
  afterEach(() => vi.useRealTimers())
  const cards = new Map(CARDS.map((one) => [one.session, one]))
  const drawnAt = (path: string, wide: boolean, some: typeof cards | undefined = cards) => {
    const page = document.createElement("div")
    page.append("as before")
    drawFirst(some, path, wide, page)
    return page
  }

  it("has every session where there is room for the list, and marks the one that is open", () => {
    const rows = drawnAt("/sessions/b", true).querySelectorAll("[data-session]")
    expect(rows.length).toBe(3)
    expect(drawnAt("/sessions/b", true).querySelector("[data-status=active]")?.getAttribute("data-session")).toBe("b")
    expect(drawnAt("/", false).querySelectorAll("main [data-session]").length).toBe(3)
  })

  it("leaves the page alone where the list is no part of it, or nothing is known", () => {
    for (const page of [drawnAt("/sessions/b", false), drawnAt("/", true, new Map()), drawnAt("/settings", false)]) expect(page.textContent).toBe("as before")
  })
})
