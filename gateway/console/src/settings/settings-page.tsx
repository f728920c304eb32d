import * as Switch from "@radix-ui/react-switch"
import { useQuery } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import { api } from "../api/client.ts"
import { Button } from "../kit/button.tsx"
import { Notice } from "../kit/notice.tsx"
import { Page } from "../kit/page.tsx"
import { notifying, turnNotifications } from "../lib/notify.ts"
import { usePerson } from "../lib/person.ts"
import { chooseTheme, type Theme, useTheme } from "../lib/theme.ts"
import { useMe } from "../shell/app-shell.tsx"
import { NameForm } from "../shell/welcome.tsx"

export function SettingsPage() {
  return (
    <Page title="Settings">
      <div className="divide-y divide-line">
        <Section title="You"><You /></Section>
        <Section title="Appearance"><Appearance /></Section>
        <Section title="Notifications"><Notifications /></Section>
        <Section title="Gateway"><About /></Section>
      </div>
    </Page>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="grid gap-3 py-7 first:pt-0 sm:grid-cols-[10rem_1fr]">
      <h2 className="font-semibold">{title}</h2>
      <div className="min-w-0">{children}</div>
    </section>
  )
}

function You() {
  const { name, signedIn } = usePerson()
  const [saved, setSaved] = useState(false)
  if (signedIn) {
    return (
      <div className="flex flex-wrap items-center justify-between gap-4">
        <p className="text-sm">Signed in as <strong className="font-semibold">{name}</strong>.</p>
        <Button onClick={() => void api.signOut().then(() => location.assign("/"))}>Sign out</Button>
      </div>
    )
  }
  return (
    <>
      <NameForm onDone={() => setSaved(true)} />
      <p role="status" className="mt-2 text-[0.8125rem] text-faint">{saved ? "Saved." : "Your answers and messages carry this name."}</p>
    </>
  )
}

const THEMES: [Theme, string][] = [["system", "As the system"], ["light", "Light"], ["dark", "Dark"]]

function Appearance() {
  const theme = useTheme()
  return (
    <div className="flex flex-wrap gap-2" role="group" aria-label="Appearance">
      {THEMES.map(([value, name]) => (
        <Button key={value} look={theme === value ? "primary" : "plain"} aria-pressed={theme === value} onClick={() => chooseTheme(value)}>{name}</Button>
      ))}
    </div>
  )
}

const NOTIFYING = {
  unsupported: "This browser has no notifications for pages.",
  blocked: "The browser blocks notifications of this page; allow them in its settings for this site.",
  off: "A notification when an agent waits for you while you look elsewhere.",
  on: "You are told when an agent waits for you while you look elsewhere.",
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
  if (pods.error) return <Notice tone="warning">The gateway could not be reached.</Notice>
  return (
    <div className="space-y-3 text-sm">
      {me.data?.gateway_version && <p>Version {me.data.gateway_version}</p>}
      {me.data?.demo && <Notice>A demo: a scripted model answers.</Notice>}
      <ul className="space-y-2">
        {pods.data?.map((pod) => (
          <li key={pod.pod} className="rounded-xl border border-line bg-raised px-4 py-3">
            <p className="font-medium">{pod.pod} <span className={pod.connected ? "text-good" : "text-bad"}>{pod.connected ? "connected" : "away"}</span></p>
            <p className="text-[0.8125rem] text-faint">OpenCode {pod.opencode_version ?? "?"}, plugin {pod.plugin_version ?? "?"}</p>
          </li>
        ))}
        {pods.data?.length === 0 && <li className="text-soft">No agent has connected yet.</li>}
      </ul>
    </div>
  )
}
