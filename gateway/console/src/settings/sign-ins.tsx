// The browsers in which this person is signed in, and signing out there from here.
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { OwnSignIn } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Notice } from "../kit/notice.tsx"
import { ago } from "../lib/time.ts"

const KEY = ["sign-ins"]

export function useSignIns(isSignedIn = false) {
  return useQuery({ queryKey: KEY, queryFn: () => api.signIns().then(({ sign_ins }) => sign_ins), enabled: isSignedIn })
}

const BY: Record<OwnSignIn["by"], string> = {
  token: "with the token or a link",
  provider: "with your organization's sign-in",
  github: "with GitHub",
  passed_on: "from another sign-in of yours, and ends with it",
}

export function SignInList({ signIns }: { signIns: OwnSignIn[] }) {
  const { end, busy, problem } = useEnd()
  return (
    <div className="space-y-3">
      {problem && <Notice tone="error" title={problem.title} alert>{problem.detail}</Notice>}
      <ul aria-label="Sign-ins" className="space-y-2">
        {signIns.map((signIn) => (
          <li key={signIn.id} className="flex flex-wrap items-center justify-between gap-3 rounded-xl border border-line bg-raised px-4 py-3">
            <div className="min-w-0 text-sm">
              <p className="font-medium">{signIn.browser}{signIn.current && <span className="text-good"> this browser</span>}</p>
              <p className="text-[0.8125rem] text-faint">Signed in {ago(signIn.began)} {BY[signIn.by]}; last used {ago(signIn.last_used)}</p>
            </div>
            {!signIn.current && <Button size="small" disabled={busy} aria-label={`Sign out there: ${signIn.browser}`} onClick={() => void end(signIn)}>Sign out there</Button>}
          </li>
        ))}
      </ul>
    </div>
  )
}

function useEnd() {
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const end = async ({ id }: OwnSignIn) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await api.endSignIn(id)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      // It has ended already: that is what was wanted.
      if (error.status !== 404) setProblem(error)
    } finally {
      await queries.invalidateQueries({ queryKey: KEY })
      setBusy(false)
    }
  }
  return { end, busy, problem }
}
