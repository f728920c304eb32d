// One entry: who did what, about what, and how anybody would know.
import type { ReactNode } from "react"
import type { ChainedEntry } from "../api/types.gen.ts"
import { plainId } from "../asks/phrase.tsx"
import { PageLink } from "../kit/page-link.tsx"
import { full } from "../lib/time.ts"
import { visible } from "../lib/visible.ts"
import { answerWords } from "./answer-words.ts"
import { evidence } from "./evidence.ts"

export function Entry({ entry }: { entry: ChainedEntry }) {
  return (
    <div className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
      <time dateTime={entry.at} className="w-44 shrink-0 text-[0.8125rem] text-faint tabular-nums">{full(entry.at)}</time>
      <div className="min-w-0 flex-1 basis-64 space-y-1">
        <p className="break-words">
          <strong className="font-semibold">{visible(plainId(entry.who))}</strong> {visible(entry.what.replaceAll("_", " "))}
          {entry.answer && `: ${visible(answerWords(entry.answer))}`}
        </p>
        {entry.subject && <pre className="max-h-40 overflow-auto rounded-lg bg-sunken px-2.5 py-1.5 font-mono text-xs break-words whitespace-pre-wrap">{visible(entry.subject)}</pre>}
        {entry.always && entry.always.length > 0 && <p className="text-[0.8125rem] text-warn">From then on without asking: <span className="font-mono text-xs break-all">{visible(entry.always.join(", "))}</span></p>}
        {entry.session && (
          <p className="text-[0.8125rem] text-faint">
            <PageLink href={`/sessions/${encodeURIComponent(entry.session)}`} title={entry.session} className="break-words underline decoration-line underline-offset-2 hover:decoration-current">{visible(entry.title || entry.session)}</PageLink>
          </p>
        )}
        <Proof entry={entry} />
      </div>
      <span className="text-2xs text-faint tabular-nums">#{entry.number}</span>
    </div>
  )
}

function Proof({ entry }: { entry: ChainedEntry }) {
  const { who, rule, signed } = evidence(entry)
  return (
    <details className="text-[0.8125rem] text-faint" data-proof>
      <summary className="w-fit rounded underline decoration-line decoration-dotted underline-offset-2 hover:text-ink">{signed ? "Signed by the person's passkey" : "Proven by the gateway's word"}</summary>
      <dl className="mt-1.5 grid grid-cols-1 gap-x-4 gap-y-1 sm:grid-cols-[auto_1fr]">
        <Fact name="Who">{who} (<Code>{entry.who}</Code>)</Fact>
        <Fact name="Rule">{rule ? visible(rule) : "Not in this entry"}</Fact>
        {entry.ask && <Fact name="Request"><Code>{entry.ask}</Code></Fact>}
        {entry.digest && <Fact name="Digest of what was asked"><Code>{entry.digest}</Code></Fact>}
        <Fact name="Hash of this entry"><Code>{entry.hash}</Code></Fact>
        {signed && <Fact name="What was signed"><Code>{signed.statement}</Code></Fact>}
        {signed && <Fact name="To check it"><Code>{`gateway audit prove ${entry.number} --to FOLDER`}</Code></Fact>}
        <Fact name="What that shows">
          {signed ? "The person's own key signed this answer to this request, in their browser and with their touch. Others can check that with OpenSSL, without trusting the gateway. " : ""}Each entry carries the hash of the one before, so one that was changed, removed or inserted later is found.{signed ? "" : " That this person gave this answer is what the gateway says: the person signed nothing."}
        </Fact>
      </dl>
    </details>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="font-medium">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  )
}

function Code({ children }: { children: string }) {
  return <code className="font-mono text-xs break-all">{visible(children)}</code>
}
