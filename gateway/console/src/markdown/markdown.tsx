// Draws Markdown as React elements: no HTML is ever made from text, so there is nothing to sanitise afterwards.
import { ImageOff } from "lucide-react"
import type { Token, Tokens } from "marked"
import { createContext, createElement, Fragment, memo, type ReactNode, useContext, useId, useMemo } from "react"
import { visible } from "../lib/visible.ts"
import { CodeBlock } from "./code-block.tsx"
import { FileName, KnownFilesContext, Words } from "./file-names.tsx"
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
  const id = useId()
  // With other footnotes their numbers are others, in whatever block they stand.
  const last = tokens.at(-1)
  const notes = last?.type === "footnotes" ? last.raw : ""
  if (text.length > LONGEST) return <LongText text={text} />
  return (
    <NotesContext value={id}>
      <div className="prose min-w-0 break-words">
        {tokens.map((token, at) => (
          // Blocks that are complete keep their text, and are not drawn again while the last one grows.
          <Block key={at} raw={token.raw} token={token} notes={notes} last={Boolean(streaming) && at === tokens.length - 1} />
        ))}
      </div>
    </NotesContext>
  )
})

const Block = memo(
  function Block({ token, last }: { token: Token; raw: string; notes: string; last: boolean }) {
    return <>{draw(token, 0, last)}</>
  },
  (a, b) => a.raw === b.raw && a.last === b.last && a.notes === b.notes,
)

function draw(token: Token, depth: number, last = false): ReactNode {
  if (depth > DEEPEST) return visible(token.raw)
  const inside = (tokens: Token[] | undefined) => drawAll(tokens, depth + 1)
  switch (token.type) {
    case "space":
      return null
    case "heading":
      // The page's own headings stay above those of a text.
      return createElement(`h${Math.min(6, token.depth + 2)}`, { className: `level-${token.depth}`, "aria-level": token.depth > 4 ? token.depth + 2 : undefined }, inside(token.tokens))
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
      return <FileName name={decodeEntities(token.text)}><code>{plain(token.text)}</code></FileName>
    case "br":
      return <br />
    case "link":
      return <Link address={String(token.href)} raw={token.raw} text={String(token.text)}>{inside(token.tokens)}</Link>
    case "image":
      return <NoImage address={String(token.href)} alt={String(token.text)} />
    case "escape":
      return plain(token.text)
    case "checkbox":
      return null
    case "text":
      return token.tokens ? inside(token.tokens) : <Words text={plain(token.text)} />
    case "footnoteReference":
      return token.number ? <Reference number={token.number} /> : visible(token.raw)
    case "footnote":
      return token.moved ? null : <p>{visible(token.raw)}</p>
    case "footnotes":
      return <Footnotes notes={token.notes} />
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

function Link({ address, raw, text, children }: { address: string; raw: string; text: string; children: ReactNode }) {
  const link = safeLink(address)
  // No address of the web; the path of a changed file, perhaps.
  if (!link) return <FileName name={address} otherwise={visible(raw)}>{visible(text === address ? text : `${text} (${address})`)}</FileName>
  const label = raw.startsWith("[") ? raw.slice(1) : raw
  return (
    <a href={link.href} target="_blank" rel="noopener noreferrer nofollow" referrerPolicy="no-referrer" className="text-accent-ink underline decoration-accent/40 underline-offset-2 hover:decoration-current">
      <KnownFilesContext value={undefined}>{children}</KnownFilesContext>
      {!saysHost(label, link.host) && <span className="text-[0.85em] text-faint"> ({link.host})</span>}
    </a>
  )
}

/** Makes the places of a text's footnotes its own: a thread has many texts. */
const NotesContext = createContext("")

function Reference({ number }: { number: number }) {
  const place = `${useContext(NotesContext)}note-${number}`
  const look = () => document.getElementById(place)?.focus()
  return <sup><button type="button" onClick={look} aria-label={`Footnote ${number}`} className="px-1 leading-4 font-medium text-accent-ink hover:underline">{number}</button></sup>
}

function Footnotes({ notes }: { notes: { number: number; tokens: Token[] }[] }) {
  const place = useContext(NotesContext)
  return (
    <section aria-label="Footnotes" className="border-t border-line pt-2 text-[0.87em] text-soft">
      <ol>
        {notes.map(({ number, tokens }) => <li key={number} id={`${place}note-${number}`} tabIndex={-1} className="focus:rounded focus:bg-accent-wash focus:outline-none">{drawAll(tokens, 1)}</li>)}
      </ol>
    </section>
  )
}

/** Loading it would tell its server who reads this, and when. */
function NoImage({ address, alt }: { address: string; alt: string }) {
  const link = safeLink(address)
  return (
    <span className="inline-flex max-w-full items-center gap-1.5 rounded-md bg-sunken px-2 py-0.5 text-[0.85em] text-faint">
      <ImageOff className="size-3.5 shrink-0" aria-hidden />
      <span className="truncate">Remote image blocked{alt && `: ${visible(alt)}`}{link && ` (${link.host})`}</span>
    </span>
  )
}
