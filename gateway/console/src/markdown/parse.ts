// Markdown into blocks. HTML in it is never anything but text.
import { marked, type Token, type Tokens } from "marked"

/** More than this is shown as plain text, and in parts: parsing and drawing it would hold up the page. */
export const LONGEST = 200_000

/** The parser's blocks, or one paragraph of plain text when it can't read it. */
export function blocks(text: string, breaks = false): Token[] {
  if (text.length > LONGEST) return []
  try {
    return foldDetails(marked.lexer(text, { gfm: true, breaks }))
  } catch {
    return [{ type: "text", raw: text, text } satisfies Tokens.Text]
  }
}

const DETAILS = /^<details(?: open)?>\s*(?:<summary>([^<]*)<\/summary>)?\s*/i
const DETAILS_END = /^<\/details>\s*$/i

/** What stands between `<details>` and its end is one block that can be opened. Without an end, or with anything else in its tags, it
 * stays text as all HTML does. */
function foldDetails(tokens: Token[]): Token[] {
  const folded: Token[] = []
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!
    const begun = token.type === "html" ? DETAILS.exec(token.raw) : null
    const end = begun && begun[0].length === token.raw.length ? tokens.findIndex((one, n) => n > at && one.type === "html" && DETAILS_END.test(one.raw)) : -1
    if (!begun || end < 0) {
      folded.push(token)
      continue
    }
    const inner = tokens.slice(at + 1, end)
    const raw = tokens.slice(at, end + 1).map((one) => one.raw).join("")
    folded.push({ type: "details", raw, summary: begun[1]?.trim() || "Details", tokens: inner } as Tokens.Generic)
    at = end
  }
  return folded
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", "#39": "'", "#x27": "'" }

/** The parser leaves entities to whoever writes HTML; nobody does here. */
export function decodeEntities(text: string): string {
  return text.replace(/&(#?\w{2,6});/g, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole)
}
