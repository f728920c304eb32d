// Beside the thread: what the session is, the agent's to-do list, the files that changed.
import { Link } from "@tanstack/react-router"
import { Circle, CircleCheck, CircleDot, CircleX, ExternalLink, ShieldCheck } from "lucide-react"
import type { ReactNode } from "react"
import type { SessionCard } from "../api/types.gen.ts"
import { DeliveryPanel } from "../delivery/delivery-panel.tsx"
import { Button } from "../kit/button.tsx"
import { classes } from "../kit/classes.ts"
import { Status } from "../kit/status.tsx"
import { LabPanel } from "../lab/lab-panel.tsx"
import { visible } from "../lib/visible.ts"
import { useProjectTitles } from "../start/use-places.ts"
import { full } from "../lib/time.ts"
import { ChangedFiles } from "./changes.tsx"
import { Checks } from "./checks.tsx"
import { Guarded } from "./guarded.tsx"
import type { Todo } from "./todos.ts"

export function Details({ card, todos, live }: { card: SessionCard; todos: Todo[]; live: boolean }) {
  return (
    <div className="space-y-7 p-5">
      <Section title="To do"><Todos todos={todos} /></Section>
      <Section title="Changed files"><ChangedFiles card={card} /></Section>
      {(card.workspace || card.lab) && <Section title="Lab"><LabPanel card={card} live={live} /></Section>}
      {(card.workspace || card.deliveries) && <Section title="Deliveries"><DeliveryPanel card={card} live={live} /></Section>}
      <Section title="Checks"><Checks card={card} /></Section>
      <Section title="Session"><About card={card} /><Elsewhere card={card} /></Section>
    </div>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h2 className="mb-2.5 text-xs font-semibold tracking-wide text-faint uppercase">{title}</h2>
      {children}
    </section>
  )
}

const TODO_ICONS: Record<string, typeof Circle> = { completed: CircleCheck, in_progress: CircleDot, cancelled: CircleX }
const TODO_WORDS: Record<string, string> = { completed: "done", in_progress: "in progress", cancelled: "dropped", pending: "to do" }

function Todos({ todos }: { todos: Todo[] }) {
  if (todos.length === 0) return <p className="text-[0.8125rem] text-faint">No to-do list yet</p>
  return (
    <ul className="space-y-2">
      {todos.map((todo, at) => {
        const Icon = TODO_ICONS[todo.status] ?? Circle
        const over = todo.status === "completed" || todo.status === "cancelled"
        return (
          <li key={at} className={classes("flex gap-2.5 text-sm", over ? "text-faint line-through" : todo.status === "in_progress" ? "font-medium" : "text-soft")}>
            <Icon className={classes("mt-[0.2rem] size-4 shrink-0", todo.status === "completed" && "text-good", todo.status === "in_progress" && "text-accent-ink")} aria-hidden />
            <span className="min-w-0 break-words">{visible(todo.content)}<span className="sr-only"> ({TODO_WORDS[todo.status] ?? todo.status})</span></span>
          </li>
        )
      })}
    </ul>
  )
}

/** Where there is more about it. */
function Elsewhere({ card: { session, opencode_url } }: { card: SessionCard }) {
  return (
    <div className="mt-2 flex flex-wrap gap-x-1">
      <Button asChild look="quiet" size="small" className="-ml-2">
        <Link to="/grants" search={{ session }}><ShieldCheck aria-hidden />Grants</Link>
      </Button>
      {opencode_url && (
        <Button asChild look="quiet" size="small">
          <a href={opencode_url} target="_blank" rel="noopener"><ExternalLink aria-hidden />Open in OpenCode</a>
        </Button>
      )}
    </div>
  )
}

function About({ card }: { card: SessionCard }) {
  const titles = useProjectTitles()
  const rows: [string, string | undefined, boolean?][] = [
    ["Title", card.title],
    ["Project", titles.get(card.project ?? "") ?? card.project],
    ["Category", card.category],
    ["Priority", card.priority],
    ["Directory", card.directory, true],
    ["Workspace", card.workspace && [card.workspace.name, card.workspace.repositories.join(", ")].filter(Boolean).join(" · ")],
    ["Branch", card.workspace?.branch, true],
    ["Agent", card.agent],
    ["Model", card.model],
    ["Started by", card.owner?.name],
    ["Started", card.started_at && full(card.started_at)],
    ["Pod", card.pod],
    ["ID", card.session, true],
    ["Closed", card.ended && `${card.ended.how === "deleted" ? "Deleted" : "Closed"} by ${card.ended.by}, ${full(card.ended.at)}`],
    ["Paused", card.paused && `by ${card.paused.by}, ${full(card.paused.at)}`],
  ]
  return (
    <dl className="space-y-2 text-[0.8125rem]">
      <Row name="Status"><Status doing={card.doing} online={card.online} /></Row>
      {rows.map(([name, value, code]) => value && <Row key={name} name={name} code={code}>{visible(value)}</Row>)}
      {card.guard && <Row name="Guard"><Guarded guard={card.guard} /></Row>}
    </dl>
  )
}

function Row({ name, code, children }: { name: string; code?: boolean; children: ReactNode }) {
  return (
    <div className="flex gap-3">
      <dt className="w-20 shrink-0 text-faint">{name}</dt>
      <dd className={classes("min-w-0 break-words", code && "font-mono text-xs leading-5 break-all")}>{children}</dd>
    </div>
  )
}
