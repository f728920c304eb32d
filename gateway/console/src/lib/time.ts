// Times as a person says them.
import { useEffect, useState } from "react"

/** "3 min ago", "yesterday at 14:02". */
export function ago(at: string | number, now = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - new Date(at).getTime()) / 1000))
  if (seconds < 45) return "just now"
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`
  const date = new Date(at)
  return `${date.getDate()} ${MONTHS[date.getMonth()]}`
}

/** By hand: the browser's own words for dates take it longer than all else in a list of sessions. */
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/** Day and time in full, by hand as well: there is one for each session in the list. */
export function stamp(at: string): string {
  const date = new Date(at)
  const two = (number: number) => String(number).padStart(2, "0")
  return `${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}, ${two(date.getHours())}:${two(date.getMinutes())}`
}

/** What writes times is made once, when it is first needed: making it takes longer than a hundred times of its work. */
function written(options: Intl.DateTimeFormatOptions): (at: string) => string {
  let format: Intl.DateTimeFormat | undefined
  return (at) => (format ??= new Intl.DateTimeFormat(undefined, options)).format(new Date(at))
}

export const clock = written({ hour: "numeric", minute: "2-digit" })

/** The time, with the day unless it is today. */
export function when(at: string, now = new Date()): string {
  const date = new Date(at)
  return date.toDateString() === now.toDateString() ? clock(at) : full(at)
}

export const full = written({ dateStyle: "medium", timeStyle: "short" })

/** "4:59", "1 h 12 min", "3 days". */
export function left(until: string, now: number): string {
  const seconds = Math.max(0, Math.ceil((new Date(until).getTime() - now) / 1000))
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
  if (seconds >= 2 * 86_400) return `${Math.floor(seconds / 86_400)} days`
  const minutes = Math.floor((seconds % 3600) / 60)
  return `${Math.floor(seconds / 3600)} h${minutes > 0 ? ` ${minutes} min` : ""}`
}

/** "0.8 s", "12 s", "3 min 5 s". */
export function duration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1).replace(/\.0$/, "")} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min${seconds % 60 > 0 ? ` ${seconds % 60} s` : ""}`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

/** The time, told anew each second while somebody needs it. */
export function useNow(running: boolean, everyMs = 1000): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (!running) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [running, everyMs])
  return now
}
