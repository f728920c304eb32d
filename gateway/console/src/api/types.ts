// The API's JSON, as far as the console reads it. The gateway's own types are the truth: gateway/domain/src.

export type Doing = "waiting" | "working" | "paused" | "failed" | "idle" | "ended"

export type Priority = "low" | "normal" | "high" | "urgent"

export interface Person {
  id: string
  name: string
}

/** A session in a few words. */
export interface SessionCard {
  session: string
  pod: string
  sort: "exploratory" | "work"
  title: string
  directory: string
  project?: string
  owner?: Person
  started_at?: string
  category?: string
  priority?: Priority
  agent?: string
  model?: string
  /** Where it works, if not in a directory that was there before. */
  workspace?: { name: string; branch?: string; repositories: string[] }
  doing: Doing
  /** Its pod is connected. */
  online: boolean
  queued: number
  open_asks: string[]
  /** Asks that nobody answered in time; a late answer still reaches the agent. */
  expired_asks?: string[]
  milestone?: string
  paused?: { by: string; at: string; cut: boolean }
  /** How its newest turn failed, in one sentence. */
  failed?: { at: string; why: string }
  ended?: { how: "completed" | "deleted"; by: string; at: string }
  /** What is wrong with its record, if that is damaged and set aside. */
  unrecoverable?: string
  /** When something last happened in it. */
  active_at?: string
  /** Where OpenCode's own web UI shows it. */
  opencode_url?: string
  /** How its agent is kept from what is not its own; not known before its pod said so. */
  guard?: GuardState
}

export interface GuardState {
  level: "guarded" | "partly" | "unguarded"
  /** What it is not kept from. */
  gaps?: string[]
  /** What OpenCode lets agents do without an ask. */
  unasked?: string[]
}

export type Answer =
  | { answer: "once" }
  | { answer: "always" }
  | { answer: "deny"; reason: string | null }
  | { answer: "answers"; answers: string[][] }
  | { answer: "configured"; values: Record<string, string> }

export type Decision = Answer & { by: Person; at: string }

export interface Question {
  question: string
  options: string[]
  descriptions?: string[]
  multiple?: boolean
}

export interface HeldCall {
  tool: string
  file?: string
  /** Where links lead the file to. */
  real_file?: string
  command?: string
  /** Those that nothing else shows. */
  arguments?: Record<string, unknown>
  diff?: string
}

export interface Field {
  name: string
  label: string
  required: boolean
  options?: string[]
  /** Several of the options, with commas between them. */
  multiple?: boolean
  suggestion?: string
}

export type AskBody =
  | {
      kind: "permission"
      permission: string
      patterns: string[]
      always: string[]
      metadata: Record<string, unknown>
    }
  | { kind: "question"; questions: Question[] }
  | { kind: "held"; held: HeldCall }
  | { kind: "gate"; title: string; detail: string }
  | { kind: "configuration"; fields: Field[]; held: HeldCall }

export type AskState =
  | { state: "open" }
  | { state: "suspended" }
  | { state: "decided" }
  | { state: "applied" }
  | { state: "answered_elsewhere"; answer: string }
  | { state: "timed_out" }
  | { state: "allowed_late" }
  | { state: "withdrawn"; why: string }
  | { state: "superseded" }

export interface Rules {
  may_answer?: string[]
  /** Why two people must allow it. */
  risk?: string
  /** What stands out in what would run, such as that it deletes. */
  dangers?: { kind: string; label: string; why: string }[]
  backup?: { from: string; people: string[]; told?: boolean }
  on_silence: "deny" | "take_recommended" | "remind" | "wait"
  reminders: number
}

export type Ask = AskBody &
  AskState & {
    id: string
    session: string
    /** The sub-agent's own session, where one asks. */
    sub_agent?: string
    directory: string
    /** Of what exactly was asked. It goes with every answer. */
    digest: string
    asked_at: string
    deadline?: string
    decision?: Decision
    rules: Rules
    first_approval?: Decision
    /** It was answered after its time was over. */
    late?: boolean
    aside?: { by: string; at: string; place?: string }
    may_have_run?: boolean
    /** The very same ran before in this turn. */
    ran_before?: { at: string; by: string }
    /** An answer that is not on the disk and does not count yet. */
    unstored?: Decision
  }

export interface ToolDetail {
  tool: string
  subject: string
  output?: string
  error?: string
  diff?: string
  /** Of a command that has ended. */
  exit_code?: number
  took_ms?: number
  /** What a run of tests says of itself. */
  tests?: { passed: number; failed: number }
}

export interface ToolLine {
  state: "waiting" | "running" | "done" | "failed"
  text: string
  details: ToolDetail[]
}

export interface Milestone {
  id: string
  at: string
  sort: string
  description: string
  details?: string
}

export type Speaker = { who: "agent" } | { who: "person"; name: string } | { who: "open_code" }

/** A file of a message. */
export interface FileShown {
  /** By which it is asked for, together with its message. */
  id: string
  name: string
  mime: string
}

export type ItemBody =
  | { kind: "said"; by: Speaker; text: string; complete: boolean; files?: FileShown[]; queued?: boolean }
  /** The model's own reasoning; its text comes when it is complete. */
  | { kind: "thought"; text: string; complete: boolean; took_ms?: number; times?: number }
  | { kind: "tools"; lines: ToolLine[] }
  | { kind: "milestones"; milestones: Milestone[] }
  | { kind: "ask"; ask: Ask }
  | { kind: "note"; tone: "info" | "good" | "warning" | "error"; text: string; details?: string }

export type ThreadItem = ItemBody & { key: string; order: string; at: string }
export type ItemOf<Kind extends ItemBody["kind"]> = Extract<ThreadItem, { kind: Kind }>

export type Verdict =
  | { verdict: "taken" | "taken_for_later" | "taken_late" | "sent" | "done" }
  | { verdict: "needs_second"; why: string }
  | { verdict: "queued"; behind: number; at_limit?: { whose: string; limit: number; running: { session: string; title: string }[] } }
  | { verdict: "answered"; ask: string }

export interface FileChange {
  path: string
  additions: number
  deletions: number
  patch?: string
}

/** What a session changed. */
export interface Changes {
  files: FileChange[]
  /** A sentence for people, where the list is not the whole truth. */
  note?: string
}

export interface Pod {
  pod: string
  connected: boolean
  opencode_version?: string | null
  plugin_version?: string | null
  server_url?: string | null
  guard_state?: GuardState | null
  directories: number
  sessions: number
}

/** A session as OpenCode has it, perhaps without a card. */
export interface RawSession {
  id: string
  title: string
  directory: string
  pod: string
  online: boolean
  status: string
  updated_at: number
  parent_id?: string | null
  archived?: boolean
}

export interface NewSession {
  /** Not needed with a workspace. */
  directory?: string
  workspace?: { name?: string; repositories: string[] }
  title: string
  project?: string
  pod?: string
  agent?: string
  model?: { provider: string; model: string }
  category?: string
  priority?: Priority
  prompt?: string
  files?: NewFile[]
}

export interface NewFile {
  name: string
  /** As base64. */
  content: string
}

export interface Me {
  person: Person
  signed_in: boolean
  demo?: boolean
  gateway_version?: string
}

export interface AuditEntry {
  number: number
  at: string
  /** Such as `web:anna`; `gateway` for its own defaults. */
  who: string
  what: string
  session: string
  ask: string
  answer: string
  /** The command, file or question; entries from before it was kept have none. */
  subject?: string
  /** What runs without asking from then on. */
  always?: string[]
  /** The session's title at that time. */
  title?: string
  digest?: string
  hash?: string
}

/** Which entries are wanted. */
export interface AuditFilter {
  session?: string
  person?: string
  text?: string
}

export interface Repository {
  name: string
  directory: string
}

export interface Project {
  name: string
  repositories: Repository[]
  /** As people call it, where it is listed. */
  title?: string
  status?: "active" | "paused" | "done"
  /** What a workspace can be made of. */
  workspace_repositories?: string[]
}

/** Which project a title means. */
export interface Inference {
  project: string | null
  confidence: number
  because: string[]
  workspace: string
  category: string | null
}

export interface Model {
  provider: string
  model: string
  purpose: string
  cost: string
  state: "available" | "unchecked" | "down"
  why?: string
}

export interface OfferedAgent {
  name: string
  description: string
}

/** What a session can be started with, or go on with. */
export interface Choices {
  /** False when no pod tells what it has. */
  known: boolean
  models: Model[]
  agents: OfferedAgent[]
}

/** How a start is getting on. */
export interface StartView {
  steps: { stage: "routing" | "workspace" | "session" | "failed"; tone: string; text: string }[]
  session?: string
  failed: boolean
}

/** Which agent would fit, to be confirmed or overridden. */
export interface Routing {
  agent: string
  confidence: number
  because: string[]
  model?: string | { provider: string; model: string; because?: string }
}
