// The frame of every page, with what lives in it: the list, the menu, announcements, the keyboard.
import { useQuery } from "@tanstack/react-query"
import { Outlet, useMatchRoute, useNavigate } from "@tanstack/react-router"
import { BookOpen, GitPullRequestArrow, Keyboard, ScrollText, Search, Settings, ShieldCheck, WifiOff } from "lucide-react"
import { lazy, Suspense, useEffect } from "react"
import { api } from "../api/client.ts"
import { cardsStore, useAnySession, useCardsLink } from "../api/live.ts"
import type { Link } from "../api/stream.ts"
import { Button } from "../kit/button.tsx"
import { MoreIcon } from "../kit/icons.tsx"
import { Menu, MenuItem } from "../kit/menu.tsx"
import { signIn } from "../lib/person.ts"
import { useWide } from "../lib/wide.ts"
import { SessionList } from "../list/session-list.tsx"
import { Announcer } from "./announcer.tsx"
import { ConnectionBar } from "./connection-bar.tsx"
import { useFollow } from "./follow.ts"
import { AROUND, Frame } from "./frame.tsx"
import { open, Shortcuts } from "./shortcuts.tsx"

const SignInPage = lazy(() => import("./sign-in.tsx").then(({ SignInPage }) => ({ default: SignInPage })))

export function AppShell() {
  const isHome = Boolean(useMatchRoute()({ to: "/" }))
  const link = useCardsLink()
  const startable = useAnySession()
  const wide = useWide()
  const follow = useFollow()
  useSignedIn()
  if (link.state === "refused" && link.problem.status === 401) return <Suspense><SignInPage /></Suspense>
  return (
    <div className={AROUND} {...follow}>
      <Frame
        isHome={isHome}
        wide={wide}
        menu={<MainMenu />}
        notice={<Notices link={link} wide={wide} />}
        list={<SessionList />}
        startable={startable}
      >
        <Outlet />
      </Frame>
      <Announcer />
      <Shortcuts />
    </div>
  )
}

function Notices({ link, wide }: { link: Link; wide: boolean }) {
  if (!wide) return <ConnectionBar link={link} onRetry={cardsStore.retryNow} />
  if (link.state !== "offline") return null
  return (
    <p role="status" className="mx-4 mb-3 flex items-center gap-2 rounded-lg bg-warn-wash px-3 py-2 text-[0.8125rem] text-warn">
      <WifiOff className="size-4 shrink-0" aria-hidden />You're offline. This list may be out of date.
    </p>
  )
}

function MainMenu() {
  const navigate = useNavigate()
  return (
    <Menu trigger={<Button look="quiet" size="icon" aria-label="Menu"><MoreIcon /></Button>}>
      <MenuItem icon={<Search />} onSelect={() => open("palette")}>Go to…</MenuItem>
      <MenuItem icon={<Settings />} onSelect={() => void navigate({ to: "/settings" })}>Settings</MenuItem>
      <MenuItem icon={<GitPullRequestArrow />} onSelect={() => void navigate({ to: "/deliveries", search: {} })}>Deliveries</MenuItem>
      <MenuItem icon={<ShieldCheck />} onSelect={() => void navigate({ to: "/grants", search: {} })}>Grants</MenuItem>
      <MenuItem icon={<ScrollText />} onSelect={() => void navigate({ to: "/audit", search: {} })}>Audit log</MenuItem>
      <MenuItem icon={<Keyboard />} onSelect={() => open("shortcuts")}>Keyboard shortcuts</MenuItem>
      <MenuItem icon={<BookOpen />} onSelect={() => window.open("/scalar", "_blank", "noopener")}>API reference</MenuItem>
    </Menu>
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
