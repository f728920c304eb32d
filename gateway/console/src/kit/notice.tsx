// A calm word on what is, what went wrong, and what to do.
import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react"
import type { ReactNode } from "react"
import { classes } from "./classes.ts"

const TONES = {
  info: { look: "bg-sunken text-soft", Icon: Info },
  good: { look: "bg-good-wash text-good", Icon: CircleCheck },
  warning: { look: "bg-warn-wash text-warn", Icon: TriangleAlert },
  error: { look: "bg-bad-wash text-bad", Icon: CircleAlert },
}

interface NoticeProps {
  tone?: keyof typeof TONES
  title?: string
  children?: ReactNode
  action?: ReactNode
  /** Read out as soon as it appears. */
  alert?: boolean
}

export function Notice({ tone = "info", title, children, action, alert }: NoticeProps) {
  const { look, Icon } = TONES[tone]
  return (
    <div role={alert ? "alert" : undefined} className={classes("flex gap-3 rounded-xl px-4 py-3 text-sm", look)}>
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
      <div className="min-w-0 flex-1 space-y-1 break-words">
        {title && <p className="font-medium">{title}</p>}
        {children && <div>{children}</div>}
        {action && <div className="pt-1.5">{action}</div>}
      </div>
    </div>
  )
}

/** Fills a page that has nothing to show. */
export function Empty({ icon, title, children, action }: { icon?: ReactNode; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="mx-auto flex max-w-sm flex-col items-center px-6 py-16 text-center">
      {icon && <div className="mb-4 grid size-12 place-items-center rounded-2xl bg-accent-wash text-accent-ink [&_svg]:size-6">{icon}</div>}
      <h2 className="text-base font-semibold">{title}</h2>
      {children && <div className="mt-1.5 text-sm text-soft">{children}</div>}
      {action && <div className="mt-5">{action}</div>}
    </div>
  )
}

export function Loading({ what }: { what: string }) {
  return (
    <div role="status" className="space-y-3 p-5">
      <span className="sr-only">Loading {what}…</span>
      {[60, 85, 45].map((width) => (
        <div key={width} className="h-4 animate-pulse rounded bg-sunken" style={{ width: `${width}%` }} />
      ))}
    </div>
  )
}
