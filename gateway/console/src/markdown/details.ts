// `<details>` in Markdown: the one thing that people write as HTML and mean. Found by lines, since the parser ends a block of
// HTML at the next empty line. With anything else in its tags, or without an end, it stays text as all HTML does.

export interface Details {
  raw: string
  summary: string
  inside: string
}

/** More than these are text: for each its end is looked for. */
const MOST = 100

const BEGIN = /^ {0,3}<details(?: open)?>/i
const SUMMARY = /^\s*<summary>([^<]*)<\/summary>/i
const END = /<\/details>\s*$/i
const FENCE = /^ {0,3}(`{3,}|~{3,})/

/** The text in its order: what is Markdown, and what can be opened. */
export function detailsIn(text: string): (string | Details)[] {
  const lines = text.split(/(?<=\n)/)
  const parts: (string | Details)[] = []
  let [plain, tried] = ["", 0]
  for (let at = 0, fence = ""; at < lines.length; at++) {
    const line = lines[at]!
    fence = fenceAfter(fence, line)
    const begins = fence === "" && BEGIN.test(line) && tried++ < MOST
    const end = begins ? endOf(lines, at) : -1
    if (end < 0) {
      plain += line
      continue
    }
    if (plain) parts.push(plain)
    parts.push(details(lines.slice(at, end + 1).join("")))
    plain = ""
    at = end
  }
  return plain ? [...parts, plain] : parts
}

function details(raw: string): Details {
  const rest = raw.replace(BEGIN, "").replace(END, "")
  const summary = SUMMARY.exec(rest)
  return { raw, summary: summary?.[1]?.trim() || "Details", inside: rest.slice(summary?.[0].length ?? 0) }
}

/** The line on which it ends; those inside end first. */
function endOf(lines: string[], from: number): number {
  let depth = 0
  for (let at = from, fence = ""; at < lines.length; at++) {
    const line = lines[at]!
    fence = fenceAfter(fence, line)
    if (fence !== "") continue
    if (BEGIN.test(line)) depth++
    if (END.test(line)) depth--
    if (depth === 0) return at
  }
  return -1
}

/** The fence of code that is open behind this line. */
function fenceAfter(open: string, line: string): string {
  const mark = FENCE.exec(line)?.[1]
  if (mark === undefined) return open
  if (open === "") return mark
  const closes = mark[0] === open[0] && mark.length >= open.length && line.trim() === mark
  return closes ? "" : open
}
