// Signs a person in: with the organization's own sign-in, or with the gateway's token. What waits here stays in the page's
// address.
import { useQuery } from "@tanstack/react-query"
import { type FormEvent, useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { OfferedProvider } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Field, Input } from "../kit/field.tsx"
import { Notice } from "../kit/notice.tsx"
import { isPlainName, NAME_RULE, tidyName } from "../lib/person.ts"
import { store, stored } from "../lib/stored.ts"
import { Mark } from "./frame.tsx"

export function SignInPage() {
  const { data: offers, error } = useQuery({ queryKey: ["sign-in"], queryFn: api.signInOffers, staleTime: Infinity })
  const providers = offers?.providers ?? []
  // Whoever has a token can try it, also when nobody knows what else there is.
  const token = offers?.token ?? error !== null
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="w-full max-w-sm space-y-5">
        <p className="flex items-center gap-2.5 font-semibold"><Mark />OpenCode Gateway</p>
        <h1 className="text-xl font-semibold">Sign in</h1>
        {providers.map((provider) => <WithProvider key={provider.path} provider={provider} />)}
        {providers.length > 0 && token && <p className="border-t border-line pt-5 text-sm font-medium">Or with a token</p>}
        {token && <WithToken isAlone={providers.length === 0} />}
        {offers && providers.length === 0 && !token && <p className="text-sm text-soft">People sign in through the proxy in front of this gateway. Open its address instead.</p>}
      </div>
    </main>
  )
}

/** A link and no script: the browser leaves for another site, and comes back to this page. */
function WithProvider({ provider }: { provider: OfferedProvider }) {
  const to = encodeURIComponent(location.pathname + location.search)
  return (
    <Button asChild look="primary" size="large" className="w-full">
      <a href={`${provider.path}?to=${to}`}>Sign in with {provider.name}</a>
    </Button>
  )
}

function WithToken({ isAlone }: { isAlone: boolean }) {
  const [name, setName] = useState(stored("person") ?? "")
  const [token, setToken] = useState("")
  const { signIn, busy, problem } = useSignIn()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void signIn(tidyName(name), token.trim())
  }
  const badName = name.trim() !== "" && !isPlainName(tidyName(name))
  return (
    <form onSubmit={submit} className="space-y-5">
      <p className="text-sm text-soft">Ask whoever runs this gateway for the access token.</p>
      <Field label="Your name" error={badName ? NAME_RULE : undefined}>
        {(field) => <Input {...field} autoFocus={isAlone} autoComplete="username" value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Field label="Token">
        {(field) => <Input {...field} type="password" autoComplete="current-password" value={token} onChange={(event) => setToken(event.target.value)} />}
      </Field>
      {problem && <Notice tone="error" title={problem.title} alert>{problem.detail}</Notice>}
      <Button type="submit" look={isAlone ? "primary" : undefined} size="large" className="w-full" disabled={busy || badName || !name.trim() || !token.trim()}>Sign in</Button>
    </form>
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
