// One grant: what runs without asking, where, until when, who gave it, how often it was used.
import { type ReactNode, useId, useState } from "react"
import { plainId } from "../asks/phrase.tsx"
import { Button } from "../kit/button.tsx"
import { classes } from "../kit/classes.ts"
import { PageLink } from "../kit/page-link.tsx"
import { useNow, when } from "../lib/time.ts"
import { visible } from "../lib/visible.ts"
import type { GrantView } from "../api/types.gen.ts"
import { isInForce, untilWords, usedWords } from "./grant-words.ts"

interface GrantRowProps {
  grant: GrantView
  titles: ReadonlyMap<string, string>
  /** Missing where it can't be revoked. */
  onRevoke?(): void
}

/** What is out of view costs nothing until it is scrolled to: there may be hundreds. */
const FAR = "[contain-intrinsic-size:auto_9rem] [content-visibility:auto]"

export function GrantRow({ grant, titles, onRevoke }: GrantRowProps) {
  const id = useId()
  const { pattern, given_by, given_at } = grant
  const holds = isInForce(grant)
  return (
    <li data-grant={grant.id} data-state={grant.state} className={classes("space-y-3 rounded-xl border border-line p-4", holds ? "bg-raised" : "text-soft", FAR)}>
      <div className="flex flex-wrap items-start justify-end gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-60 text-xs text-faint">
          <p>{extent(grant)}</p>
          <Pattern id={id} text={visible(pattern)} />
        </div>
        {holds && <Button look="danger" className="max-sm:w-full" aria-describedby={id} disabled={!onRevoke} onClick={onRevoke}>Revoke</Button>}
      </div>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-2.5 text-[0.8125rem] sm:grid-cols-4">
        <Fact name="Where"><Where grant={grant} titles={titles} /></Fact>
        <Fact name={holds ? "Until" : "Ended"}><Until grant={grant} /></Fact>
        <Fact name="Allowed by">{visible(given_by.name || plainId(given_by.id))}, {when(given_at)}</Fact>
        <Fact name="Used">{usedWords(grant)}</Fact>
      </dl>
    </li>
  )
}

/** A longer one is folded, with how much there is of it: its button to revoke it stays in view. */
const FOLDED_FROM = 300

function Pattern({ id, text }: { id: string; text: string }) {
  const [whole, setWhole] = useState(text.length <= FOLDED_FROM)
  return (
    <>
      <code id={id} className="mt-1 block font-mono text-[0.8125rem] leading-relaxed break-all whitespace-pre-wrap text-ink">{whole ? text : `${text.slice(0, FOLDED_FROM)}…`}</code>
      {!whole && <Button look="quiet" size="small" className="-ml-2.5" onClick={() => setWhole(true)}>Show all {text.length} characters</Button>}
    </>
  )
}

function extent({ tool, exact }: GrantView): ReactNode {
  return <><span className="font-mono">{visible(tool)}</span>{exact ? ", exactly this" : ", everything that matches"}</>
}

/** Only what has an end counts down. */
function Until({ grant }: { grant: GrantView }) {
  const now = useNow(isInForce(grant) && grant.ends !== undefined)
  return <span className="tabular-nums">{untilWords(grant, now)}</span>
}

function Where({ grant: { session, title, project }, titles }: Pick<GrantRowProps, "grant" | "titles">) {
  if (project !== undefined) return <>{visible(titles.get(project) ?? project)}</>
  return <PageLink href={`/sessions/${encodeURIComponent(session)}`} className="underline decoration-line underline-offset-2 hover:decoration-current">{visible(title || "Untitled session")}</PageLink>
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return <div className="min-w-0"><dt className="text-xs text-faint">{name}</dt><dd className="break-words">{children}</dd></div>
}
