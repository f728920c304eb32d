// The few icons that the first picture has; all others come with React.
import type { ReactNode } from "react"

function Icon({ children }: { children: ReactNode }) {
  return <svg viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" aria-hidden className="size-4 shrink-0">{children}</svg>
}

export function PlusIcon() {
  return <Icon><path d="M5 12h14M12 5v14" /></Icon>
}

export function SearchIcon() {
  return <Icon><circle cx="11" cy="11" r="8" /><path d="m21 21-4.3-4.3" /></Icon>
}

export function MoreIcon() {
  return <Icon><circle cx="12" cy="5" r="1" /><circle cx="12" cy="12" r="1" /><circle cx="12" cy="19" r="1" /></Icon>
}
