// Signs a person in with the gateway's token. What waits here stays in the page's address.
import { type FormEvent, useState } from "react"
import { api, Problem } from "../api/client.ts"
import { Button } from "../kit/button.tsx"
import { Field, Input } from "../kit/field.tsx"
import { Notice } from "../kit/notice.tsx"
import { isPlainName, NAME_RULE, tidyName } from "../lib/person.ts"
import { store, stored } from "../lib/stored.ts"
import { Mark } from "./frame.tsx"

export function SignInPage() {
  const [name, setName] = useState(stored("person") ?? "")
  const [token, setToken] = useState("")
  const { signIn, busy, problem } = useSignIn()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void signIn(tidyName(name), token.trim())
  }
  const badName = name.trim() !== "" && !isPlainName(tidyName(name))
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <form onSubmit={submit} className="w-full max-w-sm space-y-5">
        <p className="flex items-center gap-2.5 font-semibold"><Mark />OpenCode Gateway</p>
        <div>
          <h1 className="text-xl font-semibold">Sign in</h1>
          <p className="mt-1 text-sm text-soft">Ask whoever runs this gateway for the access token.</p>
        </div>
        <Field label="Your name" error={badName ? NAME_RULE : undefined}>
          {(field) => <Input {...field} autoFocus autoComplete="username" value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="Token">
          {(field) => <Input {...field} type="password" autoComplete="current-password" value={token} onChange={(event) => setToken(event.target.value)} />}
        </Field>
        {problem && <Notice tone="error" title={problem.title} alert>{problem.detail}</Notice>}
        <Button type="submit" look="primary" size="large" className="w-full" disabled={busy || badName || !name.trim() || !token.trim()}>Sign in</Button>
      </form>
    </main>
  )
}

function useSignIn() {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const signIn = async (name: string, token: string) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await api.signIn(name, token)
      // For the next time, in this browser.
      store("person", name)
      // Everything is asked for anew, as this person.
      location.reload()
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error)
      setBusy(false)
    }
  }
  return { signIn, busy, problem }
}
