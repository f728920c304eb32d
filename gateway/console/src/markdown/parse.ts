// Markdown into blocks. HTML in it is never anything but text.
import { marked, type Token, type Tokens } from "marked"

/** More than this is shown as plain text, and in parts: parsing and drawing it would hold up the page. */
export const LONGEST = 200_000

/** The parser's blocks, or one paragraph of plain text when it can't read it. */
export function blocks(text: string): Token[] {
  try {
    return marked.lexer(text, { gfm: true, breaks: false })
  } catch {
    return [{ type: "text", raw: text, text } satisfies Tokens.Text]
  }
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", "#39": "'", "#x27": "'" }

/** The parser leaves entities to whoever writes HTML; nobody does here. */
export function decodeEntities(text: string): string {
  return text.replace(/&(#?\w{2,6});/g, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole)
}
