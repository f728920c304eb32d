import * as Switch from "@radix-ui/react-switch"
import { useQuery } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import { api } from "../api/client.ts"
import type { PodStatus } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { guardWords } from "../kit/guard.ts"
import { Notice } from "../kit/notice.tsx"
import { Page } from "../kit/page.tsx"
import { notifying, turnNotifications } from "../lib/notify.ts"
import { useOwnPasskeys } from "../lib/use-passkeys.ts"
import { usePerson } from "../lib/use-person.ts"
import { chooseTheme, type Theme, useTheme } from "../lib/theme.ts"
import { useMe } from "../shell/app-shell.tsx"
import { NoAgent } from "../start/no-agent.tsx"
import { Passkeys } from "./passkeys.tsx"
import { SignInList, useSignIns } from "./sign-ins.tsx"

export function SettingsPage() {
  return (
    <Page title="Settings">
      <div className="divide-y divide-line">
        <Section title="You"><You /></Section>
        <SignIns />
        <OwnPasskeys />
        <Section title="Appearance"><Appearance /></Section>
        <Section title="Notifications"><Notifications /></Section>
        <Section title="Gateway"><About /></Section>
      </div>
    </Page>
  )
}

/** Programs and people behind a proxy have none. */
function SignIns() {
  const me = useMe()
  const signIns = useSignIns(me.data?.signed_in)
  if (!signIns.data?.length) return null
  return <Section title="Where you are signed in"><SignInList signIns={signIns.data} /></Section>
}

/** Programs have none. */
function OwnPasskeys() {
  const me = useMe()
  const own = useOwnPasskeys(me.data?.signed_in === true)
  if (!own.data) return null
  return <Section title="Passkeys" id="passkeys"><Passkeys own={own.data} /></Section>
}

function Section({ title, id, children }: { title: string; id?: string; children: ReactNode }) {
  return (
    <section id={id} className="grid gap-3 py-7 first:pt-0 sm:grid-cols-[10rem_1fr]">
      <h2 className="font-semibold">{title}</h2>
      <div className="min-w-0">{children}</div>
    </section>
  )
}

function You() {
  const { name } = usePerson()
  const me = useMe()
  return (
    <div className="flex flex-wrap items-center justify-between gap-4">
      <div className="min-w-0 text-sm">
        <p>{me.data?.signed_in ? "Signed in as" : "You are"} <strong className="font-semibold break-words">{name || me.data?.person.name}</strong>.</p>
        <p className="mt-0.5 text-[0.8125rem] text-faint">Your name is shown next to your answers and messages. To change it, sign out and in again.</p>
      </div>
      {me.data?.signed_in && <Button onClick={() => void api.signOut().then(() => location.assign("/"))}>Sign out</Button>}
    </div>
  )
}

const THEMES: [Theme, string][] = [["system", "System"], ["light", "Light"], ["dark", "Dark"]]

function Appearance() {
  const theme = useTheme()
  return (
    <div className="flex flex-wrap gap-2" role="group" aria-label="Appearance">
      {THEMES.map(([value, name]) => (
        <Button key={value} className="aria-pressed:border-accent aria-pressed:bg-accent-wash aria-pressed:text-accent-ink" aria-pressed={theme === value} onClick={() => chooseTheme(value)}>{name}</Button>
      ))}
    </div>
  )
}

const NOTIFYING = {
  unsupported: "This browser doesn't support notifications.",
  blocked: "Your browser blocks notifications from this page. Allow them in its settings for this site.",
  off: "Get a notification when an agent needs you while you're elsewhere.",
  on: "You get a notification when an agent needs you while you're elsewhere.",
}

function Notifications() {
  const [state, setState] = useState(notifying)
  return (
    <div className="flex items-center justify-between gap-6">
      <p id="notify-text" className="text-sm text-soft">{NOTIFYING[state]}</p>
      <Switch.Root
        aria-labelledby="notify-text"
        checked={state === "on"}
        disabled={state === "unsupported" || state === "blocked"}
        onCheckedChange={(on) => void turnNotifications(on).then(setState)}
        className="relative h-7 w-12 shrink-0 rounded-full bg-faint transition-colors disabled:opacity-50 data-[state=checked]:bg-accent"
      >
        <Switch.Thumb className="block size-5 translate-x-1 rounded-full bg-white transition-transform data-[state=checked]:translate-x-6" />
      </Switch.Root>
    </div>
  )
}

function About() {
  const me = useMe()
  const pods = useQuery({ queryKey: ["pods"], queryFn: api.pods, refetchInterval: 10_000 })
  if (pods.error) return <Notice tone="warning">Can't reach the gateway.</Notice>
  return (
    <div className="space-y-3 text-sm">
      {me.data?.gateway_version && <p>Version {me.data.gateway_version}</p>}
      {me.data?.demo && <Notice>This is a demo: a scripted model plays the agent.</Notice>}
      {pods.data && !pods.data.some((pod) => pod.connected) && <NoAgent />}
      <ul className="space-y-2 empty:hidden">
        {pods.data?.map((pod) => (
          <li key={pod.pod} className="rounded-xl border border-line bg-raised px-4 py-3">
            <p className="font-medium">{pod.pod} <span className={pod.connected ? "text-good" : "text-bad"}>{pod.connected ? "connected" : "offline"}</span></p>
            <p className="text-[0.8125rem] text-faint">OpenCode {pod.opencode_version ?? "?"}, plugin {pod.plugin_version ?? "?"}</p>
            {pod.connected && <Guarded state={pod.guard_state} />}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** What keeps the agents of this pod from what is not theirs. */
function Guarded({ state }: { state: PodStatus["guard_state"] }) {
  if (!state) return null
  const tone = { guarded: "text-faint", partly: "text-faint", unguarded: "text-bad" }[state.level]
  return <p className={`text-[0.8125rem] ${tone}`}>Agents are {guardWords(state)}</p>
}
