// Links to the console's own pages, where there are many of them: a plain element each, and one listener for all
// (`shell/follow.ts`). They work before React is there, too.
import type { ComponentProps } from "react"

export function PageLink({ active, ...rest }: ComponentProps<"a"> & { href: string; active?: boolean }) {
  return <a data-page {...(active ? { "data-status": "active", "aria-current": "page" as const } : {})} {...rest} />
}
