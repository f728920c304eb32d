// Draws Markdown as React elements: no HTML is ever made from text, so there is nothing to sanitise afterwards.
import { ImageOff } from "lucide-react"
import type { Token, Tokens } from "marked"
import { createElement, Fragment, memo, type ReactNode, useMemo } from "react"
import { visible } from "../lib/visible.ts"
import { CodeBlock } from "./code-block.tsx"
import { blocks, decodeEntities, LONGEST } from "./parse.ts"
import { LongText } from "./long-text.tsx"
import { safeLink, saysHost } from "./safe-link.ts"

/** Nesting beyond this is an attack on the reader, or on the browser's stack. */
const DEEPEST = 12

interface MarkdownProps {
  text: string
  streaming?: boolean
  /** A person's lines stay lines. */
  breaks?: boolean
}

export const Markdown = memo(function Markdown({ text, streaming, breaks }: MarkdownProps) {
  const tokens = useMemo(() => blocks(text, breaks), [text, breaks])
  if (text.length > LONGEST) return <LongText text={text} />
  return (
    <div className="prose min-w-0 break-words">
      {tokens.map((token, at) => (
        // Blocks that are complete keep their text, and are not drawn again while the last one grows.
        <Block key={at} raw={token.raw} token={token} last={Boolean(streaming) && at === tokens.length - 1} />
      ))}
    </div>
  )
})

const Block = memo(
  function Block({ token, last }: { token: Token; raw: string; last: boolean }) {
    return <>{draw(token, 0, last)}</>
  },
  (a, b) => a.raw === b.raw && a.last === b.last,
)

function draw(token: Token, depth: number, last = false): ReactNode {
  if (depth > DEEPEST) return visible(token.raw)
  const inside = (tokens: Token[] | undefined) => drawAll(tokens, depth + 1)
  switch (token.type) {
    case "space":
      return null
    case "heading":
      // The page's own headings stay above those of a text.
      return createElement(`h${Math.min(6, Number(token.depth) + 2)}`, { className: `level-${token.depth}` }, inside(token.tokens))
    case "paragraph":
      return <p>{inside(token.tokens)}</p>
    case "details":
      return (
        <details className="rounded-xl border border-line px-3.5 py-2">
          <summary className="font-medium">{plain(token.summary)}</summary>
          <div className="mt-2 space-y-3">{inside(token.tokens)}</div>
        </details>
      )
    case "blockquote":
      return <blockquote>{inside(token.tokens)}</blockquote>
    case "code":
      return <CodeBlock code={String(token.text)} language={token.lang} growing={last} />
    case "hr":
      return <hr />
    case "list":
      return <List list={token as Tokens.List} depth={depth} />
    case "table":
      return <Table table={token as Tokens.Table} depth={depth} />
    case "strong":
      return <strong>{inside(token.tokens)}</strong>
    case "em":
      return <em>{inside(token.tokens)}</em>
    case "del":
      return <del>{inside(token.tokens)}</del>
    case "codespan":
      return <code>{plain(token.text)}</code>
    case "br":
      return <br />
    case "link":
      return <Link address={String(token.href)} raw={token.raw}>{inside(token.tokens)}</Link>
    case "image":
      return <NoImage address={String(token.href)} alt={String(token.text)} />
    case "escape":
      return plain(token.text)
    case "checkbox":
      return null
    case "text":
      return token.tokens ? inside(token.tokens) : plain(token.text)
    default:
      // HTML, and whatever else there may be one day.
      return visible(token.raw)
  }
}

/** What is seen of a piece of text. */
function plain(text: unknown): string {
  return visible(decodeEntities(String(text)))
}

function drawAll(tokens: Token[] | undefined, depth: number): ReactNode {
  return tokens?.map((token, at) => <Fragment key={at}>{draw(token, depth)}</Fragment>)
}

function List({ list, depth }: { list: Tokens.List; depth: number }) {
  const items = list.items.map((item, at) => (
    <li key={at} className={item.task ? "-ml-5 list-none" : undefined}>
      {item.task && <input type="checkbox" checked={Boolean(item.checked)} readOnly tabIndex={-1} aria-label={item.checked ? "done" : "to do"} className="pointer-events-none mr-2 align-middle accent-accent" />}
      {drawAll(item.tokens, depth + 1)}
    </li>
  ))
  return list.ordered ? <ol start={Number(list.start) || 1}>{items}</ol> : <ul>{items}</ul>
}

const ALIGNED = { left: "text-left", center: "text-center", right: "text-right tabular-nums" }

function Table({ table, depth }: { table: Tokens.Table; depth: number }) {
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Table">
      <table>
        <thead>
          <tr>{table.header.map((cell, at) => <th key={at} scope="col" className={ALIGNED[cell.align ?? "left"]}>{drawAll(cell.tokens, depth + 1)}</th>)}</tr>
        </thead>
        <tbody>
          {table.rows.map((row, at) => (
            <tr key={at}>{row.map((cell, n) => <td key={n} className={ALIGNED[cell.align ?? "left"]}>{drawAll(cell.tokens, depth + 1)}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Link({ address, raw, children }: { address: string; raw: string; children: ReactNode }) {
  const link = safeLink(address)
  if (!link) return <>{visible(raw)}</>
  const label = raw.startsWith("[") ? raw.slice(1) : raw
  return (
    <a href={link.href} target="_blank" rel="noopener noreferrer nofollow" referrerPolicy="no-referrer" className="text-accent-ink underline decoration-accent/40 underline-offset-2 hover:decoration-current">
      {children}
      {!saysHost(label, link.host) && <span className="text-[0.85em] text-faint"> ({link.host})</span>}
    </a>
  )
}

/** Loading it would tell its server who reads this, and when. */
function NoImage({ address, alt }: { address: string; alt: string }) {
  const link = safeLink(address)
  return (
    <span className="inline-flex max-w-full items-center gap-1.5 rounded-md bg-sunken px-2 py-0.5 text-[0.85em] text-faint">
      <ImageOff className="size-3.5 shrink-0" aria-hidden />
      <span className="truncate">Image not loaded{alt && `: ${visible(alt)}`}{link && ` (${link.host})`}</span>
    </span>
  )
}
