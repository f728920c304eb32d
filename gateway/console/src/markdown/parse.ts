// Markdown into blocks. HTML in it is never anything but text.
import { Marked, type Token, type Tokens } from "marked"
import { type Details, detailsIn } from "./details.ts"
import { definition, numbered, reference } from "./footnotes.ts"

/** More than this is shown as plain text, and in parts: parsing and drawing it would hold up the page. */
export const LONGEST = 200_000

/** `<details>` in `<details>` beyond this stays text. */
const DEEPEST_DETAILS = 4

const [plainly, linewise] = [false, true].map((breaks) => new Marked({ gfm: true, breaks, extensions: [definition, reference] })) as [Marked, Marked]

/** The parser's blocks, or one paragraph of plain text when it can't read it. The footnotes that it refers to are the last. */
export function blocks(text: string, breaks = false): Token[] {
  if (text.length > LONGEST) return []
  try {
    return numbered(parts(text, breaks ? linewise : plainly, 0))
  } catch {
    return [{ type: "text", raw: text, text } satisfies Tokens.Text]
  }
}

function parts(text: string, marked: Marked, depth: number): Token[] {
  if (depth >= DEEPEST_DETAILS || !/<details/i.test(text)) return marked.lexer(text)
  return detailsIn(text).flatMap((part) => (typeof part === "string" ? marked.lexer(part) : [folded(part, marked, depth)]))
}

function folded({ raw, summary, inside }: Details, marked: Marked, depth: number): Token {
  return { type: "details", raw, summary, tokens: parts(inside, marked, depth + 1) } as Tokens.Generic
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", "#39": "'", "#x27": "'" }

/** The parser leaves entities to whoever writes HTML; nobody does here. */
export function decodeEntities(text: string): string {
  return text.replace(/&(#?\w{2,6});/g, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole)
}
