// What a session does, as a dot and a word.
import type { Doing } from "../api/types.gen.ts"
import { classes } from "./classes.ts"

const WORDS: Record<Doing, string> = {
  waiting: "Needs input",
  working: "Working",
  paused: "Paused",
  failed: "Failed",
  idle: "Ready",
  ended: "Closed",
}

const DOTS: Record<Doing, string> = {
  waiting: "bg-accent",
  working: "bg-good animate-pulse",
  paused: "bg-warn",
  failed: "bg-bad",
  idle: "bg-faint/50",
  ended: "border border-faint/60",
}

export function Dot({ doing, offline }: { doing: Doing; offline?: boolean }) {
  return <span aria-hidden className={classes("block size-2 shrink-0 rounded-full", offline ? "border-[1.5px] border-bad" : DOTS[doing])} />
}

export function statusWord(doing: Doing, online: boolean): string {
  return online || doing === "ended" ? WORDS[doing] : `${WORDS[doing]}, agent offline`
}

export function Status({ doing, online }: { doing: Doing; online: boolean }) {
  return (
    <span className={classes("inline-flex items-center gap-1.5 text-[0.8125rem] whitespace-nowrap", doing === "waiting" ? "font-medium text-accent-ink" : "text-soft")}>
      <Dot doing={doing} offline={!online && doing !== "ended"} />
      {statusWord(doing, online)}
    </span>
  )
}
