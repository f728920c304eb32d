// A session: its thread, the message box, and what is beside them.
import { Link, useParams } from "@tanstack/react-router"
import { ArrowLeft, CircleHelp, PanelRight, SearchX } from "lucide-react"
import { useEffect, useMemo, useState } from "react"
import { useThread } from "../api/live.ts"
import type { Thread } from "../api/thread-fold.ts"
import { isOpen } from "../asks/ask-state.ts"
import { Button } from "../kit/button.tsx"
import { classes } from "../kit/classes.ts"
import { Empty, Loading } from "../kit/notice.tsx"
import { Status } from "../kit/status.tsx"
import { visible } from "../lib/visible.ts"
import { ConnectionBar } from "../shell/connection-bar.tsx"
import { ChangesProvider } from "./changes.tsx"
import { Composer } from "./composer.tsx"
import { Controls } from "./controls.tsx"
import { Details } from "./details.tsx"
import { FailedBar } from "./failed-bar.tsx"
import { UnguardedMark } from "./guarded.tsx"
import { SessionContext } from "./message-files.tsx"
import { ThreadList } from "./thread-list.tsx"
import { newestTodos } from "./todos.ts"

export function ThreadPage() {
  const { id } = useParams({ from: "/sessions/$id" })
  // Another session is another page: nothing of the one before may show in it.
  return <ThreadOf key={id} id={id} />
}

function ThreadOf({ id }: { id: string }) {
  const { value: thread, link, retryNow } = useThread(id)
  const live = link.state === "live"
  useEffect(() => {
    if (thread) document.title = `${visible(thread.card.title) || "Session"} · OpenCode Gateway`
  }, [thread?.card.title])
  if (link.state === "refused") return <Refused detail={link.problem.detail} status={link.problem.status} />
  return (
    <div className="flex h-full min-h-0 flex-col">
      <ConnectionBar link={link} onRetry={retryNow} />
      {thread ? <Opened thread={thread} live={live} /> : <Loading what="the thread" />}
    </div>
  )
}

function Opened({ thread, live }: { thread: Thread; live: boolean }) {
  const { card, items } = thread
  const [beside, setBeside] = useState(false)
  const todos = useMemo(() => newestTodos(items), [items])
  return (
    <SessionContext value={card.session}>
    <ChangesProvider card={card}>
    <div className="flex min-h-0 flex-1">
      <div className="flex min-w-0 flex-1 flex-col">
        <Header thread={thread} live={live} beside={beside} onBeside={() => setBeside(!beside)} />
        {beside ? (
          <div className="min-h-0 flex-1 overflow-y-auto xl:hidden"><Details card={card} todos={todos} live={live} /></div>
        ) : null}
        <div className={classes("flex min-h-0 flex-1 flex-col", beside && "max-xl:hidden")}>
          {items.length === 0 ? <Empty icon={<CircleHelp />} title="Nothing here yet">Tell the agent what to do.</Empty> : <ThreadList items={items} live={live} />}
        </div>
        {items.length === 0 && <div className="flex-1" />}
        <FailedBar card={card} live={live} />
        <Composer card={card} live={live} answers={isOneQuestion(items)} />
      </div>
      <aside aria-label="About this session" className="hidden w-80 shrink-0 overflow-y-auto border-l border-line xl:block"><Details card={card} todos={todos} live={live} /></aside>
    </div>
    </ChangesProvider>
    </SessionContext>
  )
}

function isOneQuestion(items: Thread["items"]): boolean {
  const open = items.filter((item) => item.kind === "ask" && isOpen(item.ask))
  return open.length === 1 && open[0]!.kind === "ask" && open[0]!.ask.kind === "question" && open[0]!.ask.questions.length === 1
}

function Header({ thread, live, beside, onBeside }: { thread: Thread; live: boolean; beside: boolean; onBeside(): void }) {
  const { card, items } = thread
  const open = items.filter((item) => item.kind === "ask" && isOpen(item.ask)).length
  const by = [card.agent, card.model].filter(Boolean).join(" · ")
  return (
    <header className="flex items-center gap-2 border-b border-line px-2 py-2.5 sm:px-6 lg:py-3.5 short:py-0.5">
      <Button asChild look="quiet" size="icon" className="lg:hidden"><Link to="/" aria-label="All sessions"><ArrowLeft /></Link></Button>
      <div className="min-w-0 flex-1">
        <h1 className="truncate leading-tight font-semibold" title={visible(card.title)}>{visible(card.title) || "Untitled session"}</h1>
        <p className="flex items-center gap-2 overflow-hidden text-[0.8125rem] text-faint">
          <Status doing={card.doing} online={card.online} />
          <UnguardedMark guard={card.guard} />
          {open > 1 && <span className="whitespace-nowrap">· {open} open</span>}
          {card.queued > 0 && <span className="whitespace-nowrap">· {card.queued} queued</span>}
          {by && <span className="truncate max-sm:hidden">· {visible(by)}</span>}
        </p>
      </div>
      <Controls card={card} live={live} />
      <Button look="quiet" size="icon" className="xl:hidden" aria-pressed={beside} aria-label="About this session" onClick={onBeside}><PanelRight /></Button>
    </header>
  )
}

function Refused({ detail, status }: { detail: string; status: number }) {
  const title = status === 404 ? "Session not found" : status === 401 || status === 403 ? "You don't have access" : "Can't show this session"
  return (
    <Empty icon={<SearchX />} title={title} action={<Button asChild look="primary"><Link to="/">All sessions</Link></Button>}>
      <p>{detail}</p>
    </Empty>
  )
}
