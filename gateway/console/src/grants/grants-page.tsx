// What agents do without asking, because somebody allowed it for longer than once; and taking that back.
import { Link, useSearch } from "@tanstack/react-router"
import { useEffect, useRef, useState } from "react"
import type { Problem } from "../api/client.ts"
import { useCards } from "../api/live.ts"
import { Button } from "../kit/button.tsx"
import { Dialog } from "../kit/dialog.tsx"
import { Loading, Notice } from "../kit/notice.tsx"
import { Page } from "../kit/page.tsx"
import { visible } from "../lib/visible.ts"
import { useProjectTitles } from "../start/use-places.ts"
import type { GrantView } from "../api/types.gen.ts"
import { GrantList } from "./grant-list.tsx"
import { ofSession } from "./grant-words.ts"
import { useGrants, useRevoke } from "./use-grants.ts"

export function GrantsPage() {
  const { session } = useSearch({ from: "/grants" })
  const card = useCards().value?.get(session ?? "")
  const { grants, error, isPending, retry } = useGrants()
  const titles = useProjectTitles()
  const [asked, ask] = useState<GrantView>()
  const [told, tell] = useState<GrantView>()
  return (
    <Page title={session ? "Grants of one session" : "Grants"}>
      {session
        ? <p className="-mt-4 mb-4 text-sm break-words text-faint">{visible(card?.title || session)} · <Link to="/grants" search={{}} className="text-accent-ink underline underline-offset-2">all grants</Link></p>
        : <p className="-mt-4 mb-4 text-sm text-faint">What agents can do without asking, because someone allowed it.</p>}
      <Revoked grant={told} />
      {error && <div className="mb-4"><Notice tone="warning" title={grants && "This list may be out of date"} action={<Button size="small" onClick={retry}>Try again</Button>}>{error.message}</Notice></div>}
      {isPending && <Loading what="the grants" />}
      {grants && <GrantList grants={session ? ofSession(grants, session, card?.project) : grants} titles={titles} onRevoke={ask} ofOne={session !== undefined} />}
      <Revoking grant={asked} onClose={() => ask(undefined)} onRevoked={tell} />
    </Page>
  )
}

/** The button that led here is gone: the focus comes to what was done. */
function Revoked({ grant }: { grant?: GrantView }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (grant) place.current?.focus()
  }, [grant])
  return (
    <div ref={place} role="status" tabIndex={-1} className="mb-4 rounded-xl empty:hidden">
      {grant && <Notice tone="good">Revoked. Agents will ask again for <code className="font-mono text-xs break-all">{visible(grant.pattern)}</code></Notice>}
    </div>
  )
}

interface RevokingProps {
  grant?: GrantView
  onClose(): void
  onRevoked(grant: GrantView): void
}

function Revoking({ grant, onClose, onRevoked }: RevokingProps) {
  const { revoke, busy } = useRevoke()
  const [problem, setProblem] = useState<Problem>()
  const shut = () => {
    setProblem(undefined)
    onClose()
  }
  const confirmed = async () => {
    const failed = grant && (await revoke(grant))
    if (failed) return setProblem(failed)
    shut()
    if (grant) onRevoked(grant)
  }
  return (
    <Dialog
      open={grant !== undefined}
      onClose={shut}
      title="Revoke this grant?"
      footer={<><Button size="large" onClick={shut}>Keep it</Button><Button look="danger" size="large" disabled={busy} onClick={() => void confirmed()}>Revoke</Button></>}
    >
      <div className="space-y-3">
        <p className="text-sm text-soft">From now on agents ask again before they do this. What has run already stays as it is.</p>
        {grant && <pre tabIndex={0} aria-label="What it covers" className="max-h-[35dvh] overflow-y-auto rounded-lg bg-sunken px-3 py-2 font-mono text-xs break-all whitespace-pre-wrap">{visible(grant.pattern)}</pre>}
        {problem && <Notice tone="error" alert>{problem.detail}</Notice>}
      </div>
    </Dialog>
  )
}
