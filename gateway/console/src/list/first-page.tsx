// What somebody sees who was never here: what this is, and the one thing to do next.
import { Link } from "@tanstack/react-router"
import { Eye, MessagesSquare, ShieldCheck } from "lucide-react"
import type { ReactNode } from "react"
import { Button } from "../kit/button.tsx"
import { useMe } from "../shell/app-shell.tsx"
import { DemoCard } from "../start/demo.tsx"
import { NoAgent } from "../start/no-agent.tsx"
import { usePlaces } from "../start/use-places.ts"

export function FirstPage() {
  const me = useMe()
  const { noPod } = usePlaces("")
  const demo = me.data?.demo
  return (
    <div className="mx-auto max-w-2xl px-5 pt-8 pb-12 sm:px-8 lg:pt-16">
      <h2 className="text-2xl font-semibold tracking-tight text-balance">Coding agents that ask before they act</h2>
      <p className="mt-2 text-[0.9375rem] text-soft text-pretty">
        Give OpenCode a task in one of your repositories. Follow the work here or in Slack, answer its questions, and approve what it wants to run.
      </p>
      <div className="mt-6">{me.data && (demo ? <DemoCard /> : <Begin noPod={noPod} />)}</div>
      {demo && <p className="mt-3 text-sm text-soft">Or <Link to="/start" className="text-accent-ink underline underline-offset-2">start a session with a task of your own</Link>.</p>}
      <ul className="mt-8 grid gap-4 text-sm text-soft sm:grid-cols-3">
        <Point icon={<Eye />} title="See everything">Text, tools, changes and progress, live and after a restart.</Point>
        <Point icon={<ShieldCheck />} title="Stay in control">Commands and edits wait for your approval, however long that takes.</Point>
        <Point icon={<MessagesSquare />} title="Work as a team">Anyone you trust can answer, from a phone as well.</Point>
      </ul>
    </div>
  )
}

function Begin({ noPod }: { noPod: boolean }) {
  return (
    <div className="space-y-4">
      {noPod && <NoAgent />}
      <Button asChild look="primary" size="large"><Link to="/start">New session</Link></Button>
    </div>
  )
}

function Point({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <li className="flex gap-3 sm:block [&_svg]:size-5 [&_svg]:shrink-0 [&_svg]:text-accent-ink">
      {icon}
      <div>
        <p className="font-medium text-ink sm:mt-2">{title}</p>
        <p className="mt-0.5">{children}</p>
      </div>
    </li>
  )
}
