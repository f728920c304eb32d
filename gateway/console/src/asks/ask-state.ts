// What an ask card says: who decides, what silence means, what became of it. Pure words, no elements.
import { visible } from "../lib/visible.ts"
import { left, when } from "../lib/time.ts"
import type { Answer, Ask, Decision } from "../api/types.gen.ts"

/** Why nobody can press a button now, or undefined when they can. */
export function closedBecause(ask: Ask, live: boolean, named = true): string | undefined {
  if (!isOpen(ask)) return outcome(ask)?.text ?? "This request is no longer open."
  if (!live) return "You're offline, so this may already have been answered. The buttons come back when you reconnect."
  if (!named) return "Tell us your name first."
  return undefined
}

/** The gateway still takes an answer in the ordinary way. */
export function isOpen(ask: Ask): boolean {
  return ask.state === "open" || ask.state === "suspended"
}

/** What will run, or which file changes: the first line of the truth. */
export function subject(ask: Ask): string {
  switch (ask.kind) {
    case "permission":
      return text(ask.metadata.command) ?? text(ask.metadata.filepath) ?? text(ask.metadata.url) ?? ask.patterns.join(", ")
    case "question":
      return ask.questions[0]?.question ?? "A question"
    case "held":
    case "configuration":
      return ask.held.command ?? ask.held.file ?? ask.held.tool
    case "gate":
      return ask.title
  }
}

/** What the agent wants, as a heading. */
export function heading(ask: Ask): string {
  switch (ask.kind) {
    case "permission":
      return `The agent ${isOpen(ask) ? "wants" : "wanted"} to ${PERMISSIONS[ask.permission] ?? `use ${visible(ask.permission)}`}`
    case "question":
      return ask.questions.length > 1 ? `The agent has ${ask.questions.length} questions` : "The agent has a question"
    case "held":
      return `A ${ask.held.command ? "command" : ask.held.file ? "change" : "tool"} ${isOpen(ask) ? "is" : "was"} on hold`
    case "gate":
      return visible(ask.title)
    case "configuration":
      return "Set up this session before it can make changes"
  }
}

const PERMISSIONS: Record<string, string> = {
  bash: "run a command",
  edit: "change a file",
  write: "write a file",
  webfetch: "open a web page",
  websearch: "search the web",
  external_directory: "access files outside its directory",
  read: "read a file",
  task: "start a sub-agent",
  doom_loop: "keep going although it is repeating itself",
}

/** In a few words, for lists and notifications. */
export function inShort(ask: Ask): string {
  const what = visible(subject(ask).split("\n", 1)[0]!.slice(0, 140))
  if (ask.kind === "permission" && ask.permission === "bash") return `Run ${what}`
  if (ask.kind === "permission" && (ask.permission === "edit" || ask.permission === "write")) return `Change ${tail(what)}`
  if (ask.kind === "held") return `On hold: ${what}`
  return what
}

function tail(path: string): string {
  return path.split("/").slice(-2).join("/")
}

export function whoMayAnswer(ask: Ask): string {
  const { may_answer: people, backup } = ask.rules
  const who = people === undefined ? "Anyone signed in" : people.length === 0 ? "No one" : people.map(plainId).join(", ")
  return `${who} can answer${backup ? `; from ${when(backup.from)}, also ${backup.people.map(plainId).join(", ")}` : ""}.`
}

export function plainId(id: string): string {
  return id.replace(/^(api|web|slack):/, "")
}

/** What happens when nobody answers, and when. */
export function silence(ask: Ask, now: number): string {
  const { on_silence } = ask.rules
  if (!ask.deadline) return ask.state === "suspended" ? "The timer is paused while the agent is offline." : "No time limit."
  const time = left(ask.deadline, now)
  switch (on_silence) {
    case "deny":
      return `Denied automatically in ${time} if nobody answers.`
    case "take_recommended":
      return `In ${time} the agent continues with the recommended option.`
    case "remind":
      return `You'll get a reminder in ${time}; the question stays open.`
    case "wait":
      return "No time limit."
  }
}

/** A person who looks now has to hurry. */
export function endsSoon(ask: Ask, now: number): boolean {
  return isOpen(ask) && ask.deadline !== undefined && ask.rules.on_silence !== "remind" && new Date(ask.deadline).getTime() - now < SOON_MS
}

export const SOON_MS = 60_000

/** Its time was over before a person said anything. */
export function nobodyAnswered(ask: Ask): boolean {
  return ask.state === "timed_out" || ask.state === "allowed_late"
}

/** Nobody has answered it at all, and an answer still counts. */
export function takesLate(ask: Ask): boolean {
  return ask.state === "timed_out" && ask.decision === undefined
}

export interface Outcome {
  tone: "good" | "bad" | "quiet"
  text: string
  detail?: string
}

/** What became of it, once it is not open any more. */
export function outcome(ask: Ask): Outcome | undefined {
  const by = ask.decision
  switch (ask.state) {
    case "open":
    case "suspended":
      return undefined
    case "decided":
      return by && { ...decided(ask, by), detail: "Saved. It takes effect as soon as the agent receives it." }
    case "applied":
      if (by && ask.late) return late(by)
      return by ? decided(ask, by) : { tone: "quiet", text: "Answered" }
    case "answered_elsewhere":
      return { tone: "quiet", text: `Answered in OpenCode: ${visible(ask.answer)}` }
    case "timed_out":
      return by ? late(by) : { tone: "bad", text: silent(ask) }
    case "allowed_late":
      return { tone: "quiet", text: `Timed out, then allowed late${by ? ` by ${by.by.name}, ${when(by.at)}` : ""}`, detail: "It applies if the agent asks for exactly this again." }
    case "withdrawn":
      return { tone: "quiet", text: `Withdrawn: ${visible(ask.why)}` }
    case "superseded":
      return { tone: "quiet", text: "The agent moved on before your answer could be applied." }
  }
}

function late(by: Decision): Outcome {
  const reason = by.answer === "deny" && by.reason ? ` (“${visible(by.reason)}”)` : ""
  return { tone: "quiet", text: `Timed out, then answered late by ${by.by.name}, ${when(by.at)}: ${answerWords(by)}${reason}`, detail: "The agent has been told." }
}

function silent(ask: Ask): string {
  if (ask.rules.on_silence === "take_recommended") return "Timed out. The agent continued with the recommended option."
  return "Timed out. Denied automatically."
}

function decided(ask: Ask, by: Decision): Outcome {
  const tone = by.answer === "deny" ? "bad" : "good"
  const detail = by.answer === "deny" && by.reason ? `“${visible(by.reason)}”` : undefined
  const first = ask.first_approval && by.answer !== "deny" ? `; first approved by ${ask.first_approval.by.name}, ${when(ask.first_approval.at)}` : ""
  return { tone, text: `${answerWords(by)} by ${by.by.name}, ${when(by.at)}${first}`, detail }
}

export function answerWords(answer: Answer): string {
  switch (answer.answer) {
    case "once":
      return "Allowed once"
    case "always":
      return "Always allowed"
    case "deny":
      return "Denied"
    case "answers":
      return `Answered “${visible(answer.answers.map((labels) => labels.map(plainLabel).join(", ")).join("; "))}”`
    case "configured":
      return "Configured"
  }
}

/** What this person reads when somebody was faster. */
export function whoWasFirst(ask: Ask): string {
  const by = ask.decision
  if (by) return `${by.by.name} answered first (${answerWords(by)}). Your answer wasn't used.`
  return `${(outcome(ask)?.text ?? "This request was closed in the meantime").replace(/\.$/, "")}. Your answer wasn't used.`
}

export function isRecommended(label: string): boolean {
  return /\(recommended\)/i.test(label)
}

/** The label without its mark, which is drawn as one. */
export function plainLabel(label: string): string {
  return visible(label.replace(/\s*\(recommended\)\s*/i, " ").trim())
}

/** What is asked of a person as text, if it is any. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined
}
