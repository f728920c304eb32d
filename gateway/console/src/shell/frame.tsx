// The frame of every page: the list beside it on a wide screen, a bar at the top and a button for the thumb on a phone. It keeps no
// state, so that it can be drawn before React is there (`first-picture.tsx`).
import type { ReactNode } from "react"
import { buttonLook } from "../kit/button-look.ts"
import { classes } from "../kit/classes.ts"
import { PlusIcon } from "../kit/icons.tsx"
import { PageLink } from "../kit/page-link.tsx"

interface FrameProps {
  isHome: boolean
  /** The list has its place beside the page. */
  wide: boolean
  menu: ReactNode
  /** What is to be known before anything else: no connection. */
  notice?: ReactNode
  list: ReactNode
  /** There are sessions, so that a phone has its button for another one. */
  startable: boolean
  children?: ReactNode
}

export function Frame({ isHome, wide, menu, notice, list, startable, children }: FrameProps) {
  return (
    <>
      <a href="#main" className="sr-only z-50 rounded-lg bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2">Skip to content</a>
      <header className={classes("flex shrink-0 flex-col lg:w-80 lg:border-r lg:border-line", !isHome && "max-lg:hidden")}>
        <div className="flex items-center gap-2 px-5 pt-3 pb-3 lg:pt-4">
          <PageLink href="/" className="flex min-w-0 flex-1 items-center gap-2.5 rounded-lg font-semibold"><Mark />Gateway</PageLink>
          {menu}
        </div>
        <div className="hidden px-4 pb-4 lg:block">
          <PageLink href="/start" className={buttonLook({}, "w-full")}><PlusIcon />New session</PageLink>
        </div>
        {notice}
        {wide && <div className="min-h-0 flex-1 overflow-y-auto">{list}</div>}
      </header>
      <main id="main" tabIndex={-1} className="min-h-0 min-w-0 flex-1 outline-none">{children}</main>
      {isHome && startable && (
        <PageLink href="/start" className={buttonLook({ look: "primary", size: "large" }, "fixed right-4 bottom-[max(1rem,env(safe-area-inset-bottom))] z-10 h-14 rounded-2xl shadow-xl lg:hidden")}>
          <PlusIcon />New session
        </PageLink>
      )}
    </>
  )
}

/** What lies around the frame. */
export const AROUND = "flex h-dvh min-h-0 flex-col lg:flex-row"

export function Mark() {
  return (
    <svg viewBox="0 0 32 32" className="size-7" aria-hidden>
      <rect width="32" height="32" rx="9" className="fill-accent" />
      <path d="M9 11.5 13.5 16 9 20.5M16.5 21H23" fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  )
}
