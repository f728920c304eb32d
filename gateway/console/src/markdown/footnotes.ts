// Footnotes, which the parser does not know: `[^1]` in the text, `[^1]: …` anywhere. Numbered in the order of the text; what is
// referred to stands at its end.
import type { Token, TokenizerAndRendererExtension, Tokens } from "marked"

const NAME = String.raw`\[\^([^\]\s[]{1,64})\]`
const DEFINITION = new RegExp(String.raw`^${NAME}:[ \t]+([^\n]*(?:\n[ \t]{2,}[^\n]+)*)(?:\n+|$)`)
const REFERENCE = new RegExp(`^${NAME}(?!:)`)

/** More than these are text: nobody reads them, and each is looked for. */
const MOST = 200

export const definition: TokenizerAndRendererExtension = {
  name: "footnote",
  level: "block",
  start: (text) => /(?:^|\n)\[\^[^\]\s[]{1,64}\]:/.exec(text)?.index,
  tokenizer(text) {
    const found = DEFINITION.exec(text)
    if (!found) return undefined
    const inside = found[2]!.replaceAll(/\n[ \t]+/g, "\n")
    return { type: "footnote", raw: found[0], name: found[1]!, tokens: this.lexer.inlineTokens(inside) }
  },
}

export const reference: TokenizerAndRendererExtension = {
  name: "footnoteReference",
  level: "inline",
  start: (text) => text.indexOf("[^"),
  tokenizer(text) {
    const found = REFERENCE.exec(text)
    return found ? { type: "footnoteReference", raw: found[0], name: found[1]! } : undefined
  },
}

/** Gives numbers to references that lead somewhere, and moves what they lead to behind everything else. */
export function numbered(tokens: Token[]): Token[] {
  const defined = new Map<string, Tokens.Generic>()
  for (const token of everything(tokens)) if (token.type === "footnote" && defined.size < MOST && !defined.has(token.name)) defined.set(token.name, token)
  if (defined.size === 0) return tokens
  const numbers = new Map<string, number>()
  for (const token of everything(tokens)) {
    if (token.type !== "footnoteReference" || !defined.has(token.name)) continue
    if (!numbers.has(token.name)) numbers.set(token.name, numbers.size + 1)
    token.number = numbers.get(token.name)
    defined.get(token.name)!.moved = true
  }
  if (numbers.size === 0) return tokens
  const notes = [...numbers].map(([name, number]) => ({ number, tokens: defined.get(name)!.tokens ?? [] }))
  const raw = [...numbers.keys()].map((name) => defined.get(name)!.raw).join("")
  return [...tokens.filter((token) => token.type !== "footnote" || !token.moved), { type: "footnotes", raw, notes } as Tokens.Generic]
}

function* everything(tokens: readonly Token[]): Generator<Tokens.Generic> {
  for (const token of tokens as Tokens.Generic[]) {
    yield token
    if (token.tokens) yield* everything(token.tokens)
    for (const item of (token.items as Token[] | undefined) ?? []) yield* everything([item])
    const rows = [token.header, ...((token.rows as unknown[]) ?? [])].filter(Array.isArray) as { tokens: Token[] }[][]
    for (const cell of rows.flat()) yield* everything(cell.tokens)
  }
}
