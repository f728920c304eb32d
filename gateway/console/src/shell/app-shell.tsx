// The frame of every page: the list beside it on a wide screen, a bar at the top and a button for the thumb on a phone.
import { useQuery } from "@tanstack/react-query"
import { Link, Outlet, useMatchRoute, useNavigate } from "@tanstack/react-router"
import { BookOpen, EllipsisVertical, Plus, ScrollText, Settings, WifiOff } from "lucide-react"
import { useEffect } from "react"
import { api } from "../api/client.ts"
import { cardsStore, useCards } from "../api/live.ts"
import { Button } from "../kit/button.tsx"
import { classes } from "../kit/classes.ts"
import { Menu, MenuItem } from "../kit/menu.tsx"
import { signIn } from "../lib/person.ts"
import { useWide } from "../lib/wide.ts"
import { SessionList } from "../list/session-list.tsx"
import { Announcer } from "./announcer.tsx"
import { ConnectionBar } from "./connection-bar.tsx"
import { SignInPage } from "./sign-in.tsx"
import { Shortcuts } from "./shortcuts.tsx"

export function AppShell() {
  const isHome = Boolean(useMatchRoute()({ to: "/" }))
  const { link, value: cards } = useCards()
  const wide = useWide()
  useSignedIn()
  if (link.state === "refused" && link.problem.status === 401) return <SignInPage />
  return (
    <div className="flex h-dvh min-h-0 flex-col lg:flex-row">
      <a href="#main" className="sr-only z-50 rounded-lg bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2">Skip to content</a>
      <header className={classes("flex shrink-0 flex-col lg:w-80 lg:border-r lg:border-line", !isHome && "max-lg:hidden")}>
        <div className="flex items-center gap-2 px-5 pt-3 pb-3 lg:pt-4">
          <Link to="/" className="flex min-w-0 flex-1 items-center gap-2.5 rounded-lg font-semibold"><Mark />Gateway</Link>
          <MainMenu />
        </div>
        <div className="hidden px-4 pb-4 lg:block">
          <Button asChild className="w-full"><Link to="/start"><Plus aria-hidden />New session</Link></Button>
        </div>
        {wide && link.state === "offline" && <p role="status" className="mx-4 mb-3 flex items-center gap-2 rounded-lg bg-warn-wash px-3 py-2 text-[0.8125rem] text-warn"><WifiOff className="size-4 shrink-0" aria-hidden />You're offline. This list may be out of date.</p>}
        <div className="lg:hidden"><ConnectionBar link={link} onRetry={cardsStore.retryNow} /></div>
        {wide && <div className="min-h-0 flex-1 overflow-y-auto"><SessionList /></div>}
      </header>
      <main id="main" tabIndex={-1} className="min-h-0 min-w-0 flex-1 outline-none"><Outlet /></main>
      {isHome && cards !== undefined && cards.size > 0 && (
        <Button asChild look="primary" size="large" className="fixed right-4 bottom-[max(1rem,env(safe-area-inset-bottom))] z-10 h-14 rounded-2xl shadow-xl lg:hidden">
          <Link to="/start"><Plus aria-hidden />New session</Link>
        </Button>
      )}
      <Announcer />
      <Shortcuts />
    </div>
  )
}

function MainMenu() {
  const navigate = useNavigate()
  return (
    <Menu trigger={<Button look="quiet" size="icon" aria-label="Menu"><EllipsisVertical /></Button>}>
      <MenuItem icon={<Settings />} onSelect={() => void navigate({ to: "/settings" })}>Settings</MenuItem>
      <MenuItem icon={<ScrollText />} onSelect={() => void navigate({ to: "/audit", search: {} })}>Audit log</MenuItem>
      <MenuItem icon={<BookOpen />} onSelect={() => window.open("/scalar", "_blank", "noopener")}>API reference</MenuItem>
    </Menu>
  )
}

export function Mark() {
  return (
    <svg viewBox="0 0 32 32" className="size-7" aria-hidden>
      <rect width="32" height="32" rx="9" className="fill-accent" />
      <path d="M9 11.5 13.5 16 9 20.5M16.5 21H23" fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  )
}

/** Answers and messages carry the name that the gateway knows. */
function useSignedIn() {
  const me = useMe()
  useEffect(() => {
    if (me.data) signIn(me.data.signed_in ? me.data.person.name : undefined)
  }, [me.data])
}

export function useMe() {
  return useQuery({ queryKey: ["me"], queryFn: api.me, retry: false, staleTime: 60_000 })
}
