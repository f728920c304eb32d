// Generated from docs/openapi.json (37108c4c0a02dba1747660eb4cbecb989489a023), which the gateway's routes write: `make docs`.

export type Answer =
  | {
      answer: "once"
    }
  | {
      answer: "always"
    }
  | {
      answer: "grant"
      for: GrantFor
      /**
       * Without one, exactly this call.
       */
      pattern?: string
    }
  | {
      answer: "deny"
      reason: string | null
    }
  | {
      answer: "answers"
      answers: string[][]
    }
  | {
      answer: "configured"
      values: {
        [k: string]: string
      }
    }
/**
 * How long a grant holds, and with that for which sessions.
 */
export type GrantFor = "session" | "hour" | "project"
/**
 * The kinds of answers: the words that the API takes as `answer`.
 */
export type AnswerKey = "once" | "always" | "grant" | "deny" | "answers" | "configured"
/**
 * Rising: each proves what those before it prove.
 */
export type Proof = "claimed" | "account" | "fresh" | "passkey"
/**
 * A part of a sentence. Hidden characters are written out already.
 */
export type Part =
  | {
      part: "text"
      text: string
    }
  | {
      part: "code"
      text: string
    }
  | {
      part: "quote"
      text: string
    }
  | {
      id: string
      /**
       * Missing where only the id is known, as configurations name people.
       */
      name?: string
      part: "person"
    }
  | {
      part: "everyone"
    }
  | {
      at: string
      part: "time"
    }
  | {
      at: string
      part: "deadline"
    }
/**
 * A sentence in parts, which are joined with nothing between them.
 */
export type Phrase = Part[]
export type OutcomeTone = "good" | "bad" | "late" | "quiet"
export type StandingKind = ("open" | "closed") | "offline" | "needs_second" | "unsaved" | "saved" | "timed_out"
/**
 * The kind of thing that an ask is about.
 */
export type SubjectKind = ("command" | "file" | "url" | "search" | "tool" | "question") | "title"
export type WarningKind = ("may_have_run" | "ran_before" | "unsaved" | "offline" | "two_approvals") | "danger" | "opaque"
/**
 * An ask as the API serves it: with what people read of it.
 */
export type AskView = {
  /**
   * Talked about in a thread of its own (REQ-ASK-09).
   */
  aside?: Aside
  asked_at: string
  /**
   * Its answers were written into OpenCode's messages, and outlive its death.
   */
  completed?: boolean
  /**
   * When the safe default applies. None while nobody waits for the answer, and for ever without a default.
   */
  deadline?: string
  decision?: Decision
  /**
   * Of what exactly was asked: an answer counts for that and for nothing else.
   */
  digest: string
  directory: string
  display: AskDisplay
  /**
   * Who allowed it first, where more people are needed.
   */
  first_approval?: Decision
  /**
   * What a grant for calls like this one would be about. Missing where none can be given: the gate judges no calls there.
   */
  grantable?: Grantable
  id: string
  /**
   * It was answered after its time was over, and the agent was told.
   */
  late?: boolean
  /**
   * OpenCode died while this very thing ran: it may have half run. A card that asks for it again says so too.
   */
  may_have_run?: boolean
  /**
   * Who allowed it after that, in their order, where more than two are needed.
   */
  more_approvals?: Decision[]
  opencode_id: string
  /**
   * Its time was over, and then a person wrote to the session: lists do not show it any more.
   */
  passed?: boolean
  /**
   * The very same ran before in this turn: the agent, or a new sub-agent in the place of one that died, asks for it once
   * more.
   */
  ran_before?: RanBefore
  /**
   * It overrode the rules, and they want somebody else to look at that afterwards.
   */
  review?: OverrideReview
  rules: Rules
  session: string
  /**
   * As people see it, `session` is the one that they know; this is then the sub-agent's own, which really asks.
   */
  sub_agent?: string
  tool?: AskedBy
  /**
   * People were told that its time is nearly over.
   */
  warned?: boolean
} & (
  | {
      always: string[]
      kind: "permission"
      metadata: {
        [k: string]: unknown
      }
      patterns: string[]
      permission: string
    }
  | {
      kind: "question"
      questions: Question[]
    }
  | {
      held: HeldCall
      kind: "held"
    }
  | {
      detail: string
      kind: "gate"
      title: string
      /**
       * The turn to go on with.
       */
      user_message_id: string
    }
  | {
      fields: Field[]
      held: HeldCall
      kind: "configuration"
    }
  | {
      /**
       * All that is decided about, as lines for people.
       */
      detail: string
      kind: "deploy"
      plan: LabPlan
    }
  | {
      kind: "delivery"
      sheet: DeliverySheet
    }
) &
  (
    | {
        state: "open"
      }
    | {
        state: "suspended"
      }
    | {
        state: "decided"
      }
    | {
        state: "applied"
      }
    | {
        answer: string
        state: "answered_elsewhere"
      }
    | {
        state: "timed_out"
      }
    | {
        state: "allowed_late"
      }
    | {
        state: "withdrawn"
        why: string
      }
    | {
        state: "superseded"
      }
  )
/**
 * A person's answer, as it is kept.
 */
export type Decision = {
  at: string
  /**
   * Why the person allowed it, in their own words; secrets are masked.
   */
  because?: string
  /**
   * It overrode the rules.
   */
  broke_glass?: boolean
  by: Person
  /**
   * How far it is proven that it was this person.
   */
  proof?: Proof
  /**
   * What the person's passkey signed, if it did.
   */
  signed?: SignedAnswer
} & (
  | {
      answer: "once"
    }
  | {
      answer: "always"
    }
  | {
      answer: "grant"
      for: GrantFor
      /**
       * Without one, exactly this call.
       */
      pattern?: string
    }
  | {
      answer: "deny"
      reason: string | null
    }
  | {
      answer: "answers"
      answers: string[][]
    }
  | {
      answer: "configured"
      values: {
        [k: string]: string
      }
    }
)
/**
 * What a grant for calls like this one would be about, as it was seen before anything of it was masked.
 */
export type Grantable =
  | (Likeness & {
      granted: "like"
    })
  | {
      granted: "never"
      why: string
    }
/**
 * The worst first.
 */
export type DangerKind =
  "force_push" | "destructive" | "privileged" | "secrets" | "remote_code" | "decides_what_runs" | "outside_directory" | "network"
/**
 * What happens when nobody answers in time.
 */
export type OnSilence = ("take_recommended" | "wait") | "deny" | "remind"
/**
 * What the stream of cards tells.
 */
export type CardEvent =
  | {
      /**
       * Something with the id of its event.
       */
      data: SessionCard[]
      event: "cards"
    }
  | {
      /**
       * Something with the id of its event.
       */
      data: SessionCard
      event: "card"
    }
  | {
      data: NoData
      event: "resumed"
    }
  | {
      data: NoData
      event: "reload"
    }
/**
 * How a check ended, in a word.
 */
export type CheckVerdict =
  ("failed" | "timed_out" | "stopped") | "passed" | "unclear" | "no_tests" | "missing_dependencies" | "interrupted" | "skipped"
export type CheckKind = "unit" | "integration" | "acceptance"
/**
 * What a check does.
 */
export type CheckWork =
  | {
      command: string
      does: "run"
      /**
       * A file that the runner writes its results to, below the session's directory.
       */
      report?: string
    }
  | {
      does: "fetch"
      status: number
      /**
       * What must be in the answer.
       */
      text?: string
      /**
       * The whole address, or a path below `TEST_URL`.
       */
      url: string
    }
/**
 * What the session is doing, as a person would say it.
 */
export type Doing = ("working" | "paused" | "idle" | "ended") | "waiting" | "failed"
export type Ending = "completed" | "deleted"
export type GuardLevel = ("guarded" | "unguarded") | "partly"
/**
 * How a lab stands, in one word for programs.
 */
export type LabStanding = ("deploying" | "waiting" | "ready" | "failed" | "removing" | "stuck") | "asked" | "down"
/**
 * How much it matters, next to other work.
 */
export type Priority = "low" | "normal" | "high" | "urgent"
export type Sort = "exploratory" | "work"
/**
 * A name that is harmless as a folder, as part of a branch and as a word of a command.
 */
export type SafeName = string
export type ModelStanding = ("available" | "down") | "unchecked"
/**
 * How far it is.
 */
export type DeviceSignIn =
  | {
      interval_seconds: number
      state: "pending"
    }
  | {
      ends: string
      person: Person
      state: "signed_in"
      /**
       * To be sent as `Authorization: Bearer …`. It is not shown again.
       */
      token: string
    }
export type GrantState = ("in_force" | "revoked") | "over" | "rules_changed"
/**
 * Text that grew is told as its new end.
 */
export type Grown = {
  added: string
  /**
   * False while more may follow.
   */
  complete: boolean
  key: string
  news: "grew"
  /**
   * Where what was added begins, in units of UTF-16: as a browser counts.
   */
  offset: number
}
/**
 * Text with its secrets: it is in no log.
 */
export type InFull = string
export type LineState = "waiting" | "running" | "done" | "failed"
export type ProjectStatus = "active" | "paused" | "done"
/**
 * An ask and what became of it.
 */
export type LiveAsk = (
  | (PermissionAsk & {
      ask: "permission"
    })
  | (QuestionAsk & {
      ask: "question"
    })
  | (HeldTool & {
      ask: "held"
    })
) &
  (
    | {
        state: "open"
      }
    | {
        answer: string
        by_gateway: boolean
        state: "resolved"
      }
    | {
        state: "orphaned"
      }
    | {
        state: "withdrawn"
      }
  )
/**
 * A change of one session. `rev` grows by one with each.
 */
export type LiveChange = {
  rev: number
} & (
  | {
      change: "status"
      status: LiveStatus
    }
  | {
      change: "online"
      online: boolean
    }
  | {
      change: "info"
      directory: string
      title: string
    }
  | {
      change: "message"
      message: MessageInfo
    }
  | {
      change: "text"
      kind: PartKind
      message_id: string
      offset: number
      part_id: string
      role: Role
      text: string
    }
  | {
      change: "text_replaced"
      kind: PartKind
      message_id: string
      part_id: string
      role: Role
      text: string
    }
  | {
      call: ToolCall
      change: "tool"
      message_id: string
    }
  | {
      change: "file"
      filename: string
      message_id: string
      mime: string
      part_id: string
    }
  | {
      at: number
      change: "milestone"
      description: string
      details: string
      id: string
      kind: string
    }
  | {
      ask: LiveAsk
      change: "ask"
    }
  | {
      aborted: boolean
      change: "failed"
      message: string
      name: string
    }
  | {
      attempt: number
      change: "retrying"
      message: string
      next_at: number
    }
  | {
      change: "todos"
      todos: TodoItem[]
    }
  | {
      change: "files"
      files: FileChange[]
    }
  | {
      change: "deleted"
    }
)
export type LiveStatus = "idle" | "busy" | "retrying" | "failed" | "deleted" | "unknown"
/**
 * A piece of a message that a person can see.
 */
export type PartView =
  | {
      id: string
      kind: "text"
      text: string
    }
  | {
      id: string
      kind: "reasoning"
      text: string
      /**
       * How long the model thought, once it has.
       */
      took_ms?: number
    }
  | (ToolCall & {
      kind: "tool"
    })
  | {
      filename: string
      id: string
      kind: "file"
      mime: string
    }
  | {
      id: string
      kind: "other"
      name: string
    }
export type ToolStatus = "pending" | "running" | "completed" | "error" | "unknown"
export type Role = "user" | "assistant" | "unknown"
/**
 * The kinds of text that stream.
 */
export type PartKind = "text" | "reasoning" | "unknown"
/**
 * What became of a message.
 */
export type MessageReceipt = {
  message_id: string
  /**
   * For the person who did it.
   */
  sentence: string
} & (
  | {
      verdict: "taken"
    }
  | {
      verdict: "taken_for_later"
    }
  | {
      verdict: "taken_late"
    }
  | {
      verdict: "deploy_allowed"
    }
  | {
      verdict: "deploy_denied"
    }
  | {
      answer: Answer
      by: string
      verdict: "answered_before"
    }
  | {
      verdict: "no_longer_asked"
      why: string
    }
  | {
      verdict: "not_allowed"
    }
  | {
      verdict: "refused_by_rule"
      why: string
    }
  | {
      /**
       * How many.
       */
      more: number
      verdict: "needs_second"
      why: string
    }
  | {
      verdict: "sent"
    }
  | {
      at_limit?: LimitReached
      behind: number
      verdict: "queued"
    }
  | {
      ask: string
      verdict: "answered"
    }
  | {
      limit: number
      verdict: "queue_full"
    }
  | {
      limit: number
      verdict: "too_long"
    }
  | {
      verdict: "session_ended"
    }
  | (LimitReached & {
      verdict: "at_limit"
    })
  | {
      text: InFull
      verdict: "in_full"
    }
  | {
      verdict: "done"
    }
  | {
      verdict: "idle"
      why: string
    }
  | {
      verdict: "changed"
    }
  | {
      takes: string
      verdict: "wrong_kind"
    }
  | {
      verdict: "no_grant"
      why: string
    }
  | {
      verdict: "needs_proof"
      wanted: Proof
    }
  | {
      verdict: "unknown"
    }
)
export type News =
  | {
      item: ThreadItem
      news: "put"
    }
  | {
      key: string
      news: "remove"
    }
  | {
      card: SessionCard
      news: "card"
    }
/**
 * One thing that people see, under a key that never changes.
 */
export type ThreadItem = {
  at: string
  key: string
  order: SortKey
} & (
  | {
      by: Speaker
      /**
       * False while more may follow.
       */
      complete: boolean
      files?: FileShown[]
      kind: "said"
      /**
       * Waits until the agent has time.
       */
      queued?: boolean
      text: string
    }
  | {
      complete: boolean
      kind: "thought"
      text: string
      /**
       * How long the model thought, where OpenCode knows.
       */
      took_ms?: number
    }
  | {
      kind: "tools"
      lines: ToolLine[]
    }
  | {
      kind: "milestones"
      milestones: Milestone[]
    }
  | {
      ask: AskView
      kind: "ask"
    }
  | {
      /**
       * What a program said in its own words, for whoever asks.
       */
      details?: string
      kind: "note"
      text: string
      tone: Tone
    }
)
/**
 * Where an item stands in its thread. Compared as text; the same item has the same place after a restart.
 */
export type SortKey = string
export type Speaker =
  | {
      who: "agent"
    }
  | {
      name: string
      who: "person"
    }
  | {
      who: "open_code"
    }
export type Tone = "info" | "good" | "warning" | "error"
export type SignedInBy = "token" | "provider" | "github" | "passed_on"
/**
 * A verdict as the API serves it: with the sentence.
 */
export type Reply = {
  /**
   * For the person who did it.
   */
  sentence: string
} & (
  | {
      verdict: "taken"
    }
  | {
      verdict: "taken_for_later"
    }
  | {
      verdict: "taken_late"
    }
  | {
      verdict: "deploy_allowed"
    }
  | {
      verdict: "deploy_denied"
    }
  | {
      answer: Answer
      by: string
      verdict: "answered_before"
    }
  | {
      verdict: "no_longer_asked"
      why: string
    }
  | {
      verdict: "not_allowed"
    }
  | {
      verdict: "refused_by_rule"
      why: string
    }
  | {
      /**
       * How many.
       */
      more: number
      verdict: "needs_second"
      why: string
    }
  | {
      verdict: "sent"
    }
  | {
      at_limit?: LimitReached
      behind: number
      verdict: "queued"
    }
  | {
      ask: string
      verdict: "answered"
    }
  | {
      limit: number
      verdict: "queue_full"
    }
  | {
      limit: number
      verdict: "too_long"
    }
  | {
      verdict: "session_ended"
    }
  | (LimitReached & {
      verdict: "at_limit"
    })
  | {
      text: InFull
      verdict: "in_full"
    }
  | {
      verdict: "done"
    }
  | {
      verdict: "idle"
      why: string
    }
  | {
      verdict: "changed"
    }
  | {
      takes: string
      verdict: "wrong_kind"
    }
  | {
      verdict: "no_grant"
      why: string
    }
  | {
      verdict: "needs_proof"
      wanted: Proof
    }
  | {
      verdict: "unknown"
    }
)
/**
 * What the stream tells.
 */
export type SessionEvent =
  | {
      data: Snapshot
      event: "snapshot"
    }
  | {
      data: LiveChange
      event: "change"
    }
  | {
      data: NoData
      event: "reload"
    }
export type Stage = "routing" | "workspace" | "session" | "failed"
/**
 * What the stream of a thread tells.
 */
export type ThreadEvent =
  | {
      /**
       * Something with the id of its event.
       */
      data: Whole
      event: "thread"
    }
  | {
      /**
       * Something with the id of its event.
       */
      data: ThreadNews
      event: "news"
    }
  | {
      data: NoData
      event: "resumed"
    }
  | {
      data: NoData
      event: "reload"
    }
/**
 * A change of the thread, numbered.
 */
export type ThreadNews = {
  rev: number
} & (Grown | News)
/**
 * What a person says: a passkey signs all of it, and it is given as it was signed.
 */
export type GivenAnswer = {
  /**
   * A passkey's signature over this answer, for requests that need one (`POST /asks/{id}/challenge`).
   */
  assertion?: {
    authenticator_data: string
    client_data_json: string
    credential: string
    signature: string
  }
  /**
   * Why the person allows it, where rules ask for a reason. Everyone sees it.
   */
  because?: string | null
  /**
   * Override the rules, as one of those who can. It takes a reason.
   */
  break_glass?: boolean
  /**
   * Of what the person saw. An ask that changed meanwhile is not answered with it.
   */
  digest?: string | null
} & (
  | {
      answer: "once"
    }
  | {
      answer: "always"
    }
  | {
      answer: "grant"
      /**
       * How long a grant holds, and with that for which sessions.
       */
      for: "session" | "hour" | "project"
      /**
       * Without one, exactly this call.
       */
      pattern?: string | null
    }
  | {
      answer: "deny"
      reason?: string | null
    }
  | {
      answer: "answers"
      answers: string[][]
    }
  | {
      answer: "configured"
      values: {
        [k: string]: string
      }
    }
)
/**
 * The answer that is to be signed, and what the person saw.
 */
export type AnswerToSign = {
  /**
   * Why the person allows it, where rules ask for a reason. Everyone sees it.
   */
  because?: string | null
  /**
   * Override the rules, as one of those who can. It takes a reason.
   */
  break_glass?: boolean
  /**
   * Of what the person saw: a request that changed since is not signed.
   */
  digest: string
} & (
  | {
      answer: "once"
    }
  | {
      answer: "always"
    }
  | {
      answer: "grant"
      /**
       * How long a grant holds, and with that for which sessions.
       */
      for: "session" | "hour" | "project"
      /**
       * Without one, exactly this call.
       */
      pattern?: string | null
    }
  | {
      answer: "deny"
      reason?: string | null
    }
  | {
      answer: "answers"
      answers: string[][]
    }
  | {
      answer: "configured"
      values: {
        [k: string]: string
      }
    }
)
/**
 * What people can want of a delivery that is under way.
 */
export type DeliveryWish =
  | {
      wish: "deliver"
    }
  | {
      wish: "pause"
    }
  | {
      wish: "resume"
    }
  | {
      wish: "stop"
    }
  | {
      wish: "fix"
      word?: string | null
    }
  | {
      wish: "take_in"
    }
  | {
      wish: "address"
    }
  | {
      /**
       * `medium` or `high`.
       */
      risk: string
      why: string
      wish: "raise"
    }

export interface AgentView {
  description: string
  name: string
}
/**
 * An answer that is possible.
 */
export interface AnswerChoice {
  /**
   * Why it is to be confirmed before it is sent.
   */
  confirm?: string
  /**
   * Of "always": the patterns that it covers from then on, those that stand out first. Missing where it covers everything.
   * Of a grant: the call itself.
   */
  covers?: string[]
  /**
   * Of a grant: for how long, as `for` says when it is given.
   */
  for?: GrantFor
  /**
   * The word for `answer` when it is given.
   */
  key: AnswerKey
  label: string
  /**
   * The button that the eye falls on first; never one that allows something dangerous.
   */
  primary: boolean
  /**
   * The weakest proof with which it can be given.
   */
  proof?: Proof
  /**
   * Of a grant: a pattern for more than exactly this call that could be given as `pattern`.
   */
  wider?: string
  /**
   * Of a denial: what stands on the button that asks for a reason.
   */
  with_reason?: string
}
export interface Aside {
  at: string
  by: string
  /**
   * Where it is talked about, once that is known.
   */
  place?: string
}
/**
 * What people read of an ask, as it is now.
 */
export interface AskDisplay {
  /**
   * The answers that are possible now, the one that allows first. What risk or the rules forbid is not among them.
   */
  answers: AnswerChoice[]
  /**
   * That something on it is hidden, while it can be shown to whoever decides.
   */
  hidden?: string
  /**
   * The same in a few words, for the column of a list: `Run a command`.
   */
  label: string
  /**
   * Why this can only be allowed once, where grants are possible.
   */
  no_grant?: string
  /**
   * Who decided what; missing while it can be answered.
   */
  outcome?: AskOutcome
  /**
   * Of a question: each of its parts with its options.
   */
  questions: QuestionDisplay[]
  /**
   * Of a command: what it runs, where its own text does not say it plainly.
   */
  runs?: CommandRuns
  standing: AskStanding
  subject: AskSubject
  /**
   * One line for lists and notifications.
   */
  summary: Phrase
  terms: AskTerms
  /**
   * What kind of request it is, as a heading: `The agent wants to run a command`.
   */
  title: string
  /**
   * What to look at before deciding, the worst first.
   */
  warnings: AskWarning[]
}
/**
 * What came of an ask that cannot be answered any more, or only late.
 */
export interface AskOutcome {
  /**
   * A few words: `Allowed once`.
   */
  label: string
  /**
   * Who and when, and what follows.
   */
  sentence: Phrase
  tone: OutcomeTone
}
/**
 * One part of a question. Own words are always possible too.
 */
export interface QuestionDisplay {
  /**
   * Several options can be chosen.
   */
  multiple: boolean
  options: OptionDisplay[]
  question: string
}
export interface OptionDisplay {
  /**
   * For people, without the mark.
   */
  label: string
  means?: string
  recommended: boolean
  /**
   * What the answer says: the label as OpenCode knows it.
   */
  value: string
}
export interface CommandRuns {
  /**
   * What stands above the lines: `Runs`.
   */
  head: string
  /**
   * A line for each program that runs.
   */
  lines: string[]
}
/**
 * How an ask stands, as a sentence.
 */
export interface AskStanding {
  kind: StandingKind
  sentence: Phrase
}
/**
 * What an ask is about. Hidden characters are written out.
 */
export interface AskSubject {
  /**
   * How much of a file changes.
   */
  change?: LineCount
  kind: SubjectKind
  /**
   * The same in one line, cut.
   */
  line: string
  /**
   * Where links lead the file to, if that is another place.
   */
  real_file?: string
  /**
   * The first line of the truth, in full: the command, the file and where it really lies, the question.
   */
  text: string
  /**
   * The tool, where what it is about does not say it.
   */
  tool?: string
}
/**
 * Lines of a change.
 */
export interface LineCount {
  added: number
  removed: number
}
export interface AskTerms {
  /**
   * That people were reminded, and how often.
   */
  reminded?: string
  /**
   * What happens when nobody answers, and when.
   */
  silence: Phrase
  /**
   * Who can answer.
   */
  who: Phrase
}
/**
 * Something to look at, with a heading of a few words.
 */
export interface AskWarning {
  /**
   * Without a sign at its end.
   */
  head: string
  kind: WarningKind
  text: Phrase
}
/**
 * The tool call an ask belongs to.
 */
export interface AskTool {
  call_id: string
  message_id: string
}
/**
 * Somebody who answers.
 */
export interface Person {
  /**
   * Where the person comes from and who it is there, such as `web:anna`.
   */
  id: string
  name: string
}
/**
 * What a passkey signed, kept as it came: a stranger can verify it with nothing else than the key. Bytes are base64url
 * without padding.
 */
export interface SignedAnswer {
  authenticator_data: string
  client_data_json: string
  credential: string
  signature: string
  /**
   * The exact text whose digest is the challenge.
   */
  statement: string
}
export interface Likeness {
  /**
   * What it is about, without secrets.
   */
  about: string
  /**
   * A fingerprint: the same for every call that a grant for exactly this one covers.
   */
  exact: string
  /**
   * The session's project.
   */
  project?: string
  /**
   * What patterns are compared with: the command, or where the files lie. Empty where only exactly this can be granted.
   */
  subjects?: string[]
  tool: string
}
/**
 * When something was allowed that ran, and by whom.
 */
export interface RanBefore {
  /**
   * If it was allowed in OpenCode, when it was asked.
   */
  at: string
  by: string
}
/**
 * It stands on the request that was allowed against the rules.
 */
export interface OverrideReview {
  done?: Reviewed
  /**
   * Until when somebody should have had a look.
   */
  due: string
  /**
   * People were told that it is overdue.
   */
  told?: boolean
}
export interface Reviewed {
  at: string
  by: Person
  /**
   * What they found, in their own words; secrets are masked.
   */
  words?: string
}
/**
 * What the card says about who decides, and about silence.
 */
export interface Rules {
  backup?: Backup
  /**
   * What stands out in what would run; a label, not a gate.
   */
  dangers?: Danger[]
  /**
   * What the rules of the repository ask of whoever allows it.
   */
  demand?: Demand
  /**
   * None is everybody who is signed in.
   */
  may_answer?: string[]
  on_silence: OnSilence
  /**
   * The weakest proof with which somebody can allow it. To deny, any is enough.
   */
  proof?: Proof
  /**
   * Times that people were reminded.
   */
  reminders: number
  /**
   * Why two people must allow it.
   */
  risk?: string
}
export interface Backup {
  from: string
  people: string[]
  told: boolean
}
/**
 * One thing to look at, and what it was found in.
 */
export interface Danger {
  kind: DangerKind
  /**
   * For people: `Deletes files or data`.
   */
  label: string
  /**
   * What it was found in: `rm -rf build`.
   */
  why: string
}
export interface Demand {
  /**
   * Who can override it.
   */
  break_glass?: BreakGlassDemand
  /**
   * The groups that a person who allows it is in, every one of them.
   */
  by: NamedGroup[]
  /**
   * People who can't allow it, as the card names them: they started the session or wrote to its agent.
   */
  left_out?: string[]
  /**
   * How many people must allow it.
   */
  people: number
  proof?: Proof
  /**
   * A person who allows it says why.
   */
  reason?: boolean
  /**
   * Why nobody can allow it, as the rest of a sentence.
   */
  refused?: string
  /**
   * The session's owner and those who wrote to its agent can allow it too.
   */
  requester?: boolean
  risky?: boolean
  /**
   * The rules that ask for it, each with a fingerprint: `shop@1a2b3c4d`.
   */
  rules: string[]
  /**
   * How long an approval counts while others are missing, in seconds.
   */
  within_seconds?: number
}
export interface BreakGlassDemand {
  by: NamedGroup[]
  proof?: Proof
  /**
   * How soon somebody else has to look at it afterwards, in seconds.
   */
  review_within_seconds?: number
  /**
   * Channels that are told of it.
   */
  tell?: string[]
}
/**
 * A group as it was when people were asked.
 */
export interface NamedGroup {
  claim?: GroupClaim
  name: string
  people?: string[]
}
/**
 * A group of a provider's.
 */
export interface GroupClaim {
  group: string
  issuer: string
}
export interface AskedBy {
  call_id: string
  message_id: string
}
export interface Question {
  /**
   * What each option means, in their order.
   */
  descriptions?: string[]
  multiple?: boolean
  options: string[]
  question: string
}
/**
 * A call that the plugin holds until it is let through.
 */
export interface HeldCall {
  /**
   * All of them; on a card those that nothing else on it shows.
   */
  arguments?: {
    [k: string]: unknown
  }
  command?: string
  /**
   * What would change in the file.
   */
  diff?: string
  file?: string
  /**
   * On a card: the command as it was read, where that says more than the command.
   */
  reading?: CommandReading
  /**
   * Where links lead the file to, if that is another place.
   */
  real_file?: string
  tool: string
}
/**
 * What a card shows beside the command as it was written.
 */
export interface CommandReading {
  /**
   * Lines that are too many for a card.
   */
  left_out?: number
  /**
   * What it runs, a line for each program. Nothing where that is the command, word by word.
   */
  runs?: string[]
  /**
   * Why nobody can know what it runs; then `runs` is what could be read all the same.
   */
  unknown?: string[]
}
/**
 * A field of a configuration.
 */
export interface Field {
  label: string
  /**
   * Several of the options may be chosen: one value, with commas between them. Others than those may be written too.
   */
  multiple?: boolean
  name: string
  /**
   * Without any, own words.
   */
  options?: string[]
  required: boolean
  /**
   * Filled in already.
   */
  suggestion?: string
}
/**
 * A plan has the digest of its recipe: an answer counts for that recipe and for no other.
 */
export interface LabPlan {
  bytes: number
  /**
   * Files that differ from it.
   */
  changed: number
  /**
   * What runs.
   */
  command: string
  /**
   * The commit that the files are based on, shortened.
   */
  commit?: string
  /**
   * Of everything above and of who may reach what: the recipe.
   */
  digest: string
  /**
   * The folder that it runs in, from the workspace on; empty for the workspace itself.
   */
  directory?: string
  environment?: {
    [k: string]: string
  }
  files: number
  /**
   * Where the recipe is from, such as `.opencode/lab.yaml`.
   */
  from: string
  /**
   * Only for engines that run containers.
   */
  image?: string
  /**
   * Files that look like secrets, and links: they are not deployed.
   */
  left_out?: string[]
  /**
   * What the lab is called: the session's workspace.
   */
  name: string
  /**
   * The port that it listens on where it cannot be told one by `PORT`.
   */
  port?: number
  /**
   * The path that answers once it is ready.
   */
  ready: string
  /**
   * Nothing keeps what runs from what is not its own, such as the keys of the machine's user.
   */
  unguarded?: boolean
}
/**
 * What people decide about in a delivery: bound to one tree and to the rules that judged it.
 */
export interface DeliverySheet {
  details?: string[]
  /**
   * The digest of the rules.
   */
  pack?: string
  /**
   * So many people have to say yes.
   */
  people: number
  /**
   * Exactly one: its options are what can be chosen.
   */
  questions: Question[]
  /**
   * `owner/name`
   */
  repository: string
  /**
   * The delivery's own name of this request.
   */
  request: string
  /**
   * `HB-20261128-k3f9`
   */
  run: string
  /**
   * Who did so far.
   */
  said_yes?: string[]
  /**
   * A sentence.
   */
  says: string
  tree?: string
  /**
   * Without an answer by then the delivery stops. The work stays.
   */
  until?: string
  /**
   * The option that lets the change go ahead.
   */
  yes?: string
}
export interface AuditEntries {
  entries: ChainedEntry[]
  /**
   * What to give as `before` for the next page; none on the last.
   */
  next: number | null
}
/**
 * What the decision was about, in words that a person reads years later. Entries from before it was kept have none.
 */
export interface ChainedEntry {
  /**
   * What "always" or a grant covers from then on.
   */
  always?: string[]
  answer: string
  ask: string
  at: string
  /**
   * Of what was asked.
   */
  digest: string
  hash: string
  /**
   * Which of the people that the configuration names it was.
   */
  human?: string
  number: number
  /**
   * The passkey that was added: whoever checks what it signs takes the key from here.
   */
  passkey?: PasskeyNote
  previous: string
  /**
   * How far that is proven; none is a name only.
   */
  proof?: Proof
  /**
   * Why it was allowed, in the person's own words.
   */
  reason?: string
  /**
   * The rules that it was decided under, each with a fingerprint.
   */
  rule?: string[]
  session: string
  /**
   * What the person's passkey signed. Without it the entry is the gateway's word.
   */
  signed?: SignedAnswer
  /**
   * What was asked: the command, the file, the question; secrets are masked.
   */
  subject?: string
  /**
   * The session's title at that time.
   */
  title?: string
  /**
   * What was done, such as `answered` or `refused`.
   */
  what: string
  /**
   * Who, such as `web:anna`; `gateway` for its own defaults.
   */
  who: string
}
/**
 * A passkey as the audit log tells of it when a person adds it.
 */
export interface PasskeyNote {
  /**
   * As the authenticator wrote it (COSE), in base64url.
   */
  cose_key: string
  credential: string
  origin: string
  /**
   * As PEM, which OpenSSL reads.
   */
  public_key: string
  /**
   * The site that it is for, and the one page that may use it.
   */
  rp_id: string
}
/**
 * What the session is, for people and for rules.
 */
export interface SessionCard {
  /**
   * When something last happened in it.
   */
  active_at?: string
  agent?: string
  /**
   * What kind of work it is, in the team's own word.
   */
  category?: string
  /**
   * The newest run of each check, oldest first, without what it printed.
   */
  checks?: CheckRun[]
  /**
   * What a person chose for the messages that follow.
   */
  chosen?: Choice
  /**
   * How its work is delivered, newest last.
   */
  deliveries?: DeliveryCard[]
  directory: string
  doing: Doing
  ended?: Ended
  /**
   * Asks that nobody answered in time and nobody has seen to since: a late answer still reaches the agent.
   */
  expired_asks?: string[]
  failed?: Failed
  /**
   * How its agent is kept from what is not its own. Filled in when the card is shown; not known before its pod said so.
   */
  guard?: GuardState
  /**
   * Each of its writes waits for a person, as whoever started it wanted.
   */
  holds_writes?: boolean
  /**
   * Where its work runs, for people to look at.
   */
  lab?: LabCard
  /**
   * The newest milestone.
   */
  milestone?: string
  model?: string
  /**
   * Its pod is connected.
   */
  online: boolean
  /**
   * Asks that a person can answer, the oldest first.
   */
  open_asks: string[]
  /**
   * The session's page in OpenCode's web UI. Filled in when the card is shown.
   */
  opencode_url?: string
  /**
   * Who started it through the gateway.
   */
  owner?: Person
  paused?: Paused
  /**
   * Where its thread is, if not only in the console.
   */
  place?: ThreadLocation
  pod: string
  priority?: Priority
  project?: string
  /**
   * Messages that wait until the agent has time.
   */
  queued: number
  /**
   * What was suggested at the start, and what was decided.
   */
  routing?: RoutingDecision
  session: string
  sort: Sort
  /**
   * What it was started for, by its sender's own word: the same never starts two sessions.
   */
  start_key?: string
  started_at?: string
  /**
   * The channel that its thread is to be made in, while there is none.
   */
  thread_wanted?: string
  title: string
  /**
   * Its record is damaged and set aside, for this reason: nothing of it is decided until an operator restores it.
   */
  unrecoverable?: string
  /**
   * The place of its own that it works in.
   */
  workspace?: Workspace
}
/**
 * A check of a session: wanted, under way, or over.
 */
export interface CheckRun {
  /**
   * Those that were wanted together share it, and one message of the thread.
   */
  batch: string
  /**
   * On the code as it was before the session's changes, with the tests of now.
   */
  before?: boolean
  /**
   * Who wanted it: a person's name, or `the gateway`.
   */
  by: string
  end?: CheckEnd
  ended_at?: string
  id: string
  spec: CheckSpec
  /**
   * When it was given to the session's pod. Nothing while it waits for its turn.
   */
  started_at?: string
  /**
   * Somebody stopped it; its end is on its way.
   */
  stopped_by?: string
  wanted_at: string
}
/**
 * What came of a check.
 */
export interface CheckEnd {
  code?: CheckedCode
  /**
   * SHA-256 of everything that it printed, in hex.
   */
  digest?: string
  exit_code?: number
  /**
   * How much it printed.
   */
  printed_bytes: number
  /**
   * What its runner reported.
   */
  report?: TestReport
  /**
   * The end of what it printed, without secrets.
   */
  tail?: string
  took_ms: number
  verdict: CheckVerdict
  /**
   * A sentence for people, where counts don't say it all.
   */
  why?: string
}
/**
 * What a check ran on, as the session's pod says.
 */
export interface CheckedCode {
  /**
   * Files changed while it ran.
   */
  changed_meanwhile?: boolean
  /**
   * The commit that was checked out.
   */
  commit?: string
  /**
   * Git's digest of all files as they were, changes that are not committed included.
   */
  tree?: string
  /**
   * There were changes that are not committed.
   */
  uncommitted?: boolean
}
export interface TestReport {
  failed: number
  /**
   * Names of tests that failed; at most 50.
   */
  failures?: string[]
  /**
   * How it was written, such as `JUnit XML`.
   */
  format: string
  passed: number
  skipped: number
  /**
   * As its runner measured it.
   */
  took_ms?: number
}
/**
 * A check that can be run.
 */
export interface CheckSpec {
  /**
   * The file that it was found in. Nothing when the project's configuration has it.
   */
  found_in?: string
  kind: CheckKind
  /**
   * Longest time that it may take.
   */
  limit_seconds: number
  /**
   * What people call it; no other check of the session has the same name.
   */
  name: string
  /**
   * What that file says that runs, where the command is only a name for it.
   */
  script?: string
  work: CheckWork
}
/**
 * What every message of a session is sent with from now on, unless the message says otherwise.
 */
export interface Choice {
  agent?: string
  model?: ModelChoice
}
export interface ModelChoice {
  model: string
  provider: string
}
/**
 * A delivery in a few words, for the session's card.
 */
export interface DeliveryCard {
  /**
   * Why it stands so, in a sentence.
   */
  because: string
  /**
   * Nothing follows.
   */
  over?: boolean
  pull?: PullLink
  /**
   * `owner/name`
   */
  repository: string
  /**
   * `low`, `medium` or `high`.
   */
  risk: string
  run: string
  /**
   * How it stands, for programs: `waiting_ci`.
   */
  stage: string
  /**
   * The same for people: `Waiting for CI`.
   */
  word: string
}
export interface PullLink {
  number: number
  url: string
}
export interface Ended {
  at: string
  by: string
  how: Ending
}
/**
 * The newest turn failed, and nothing was done about it so far.
 */
export interface Failed {
  at: string
  /**
   * One plain sentence.
   */
  why: string
}
/**
 * Told by the agent's pod, and shown with its session.
 */
export interface GuardState {
  /**
   * What it is not kept from, in words for people.
   */
  gaps?: string[]
  level: GuardLevel
  /**
   * What OpenCode lets agents do without an ask. With the gate on the gateway is asked all the same.
   */
  unasked?: string[]
}
export interface LabCard {
  attempt: string
  /**
   * Who wanted it.
   */
  by: string
  /**
   * Somebody else's change is in the way, and can be overwritten.
   */
  can_take_over?: boolean
  /**
   * When it ends by itself.
   */
  ends_at?: string
  /**
   * What was deployed.
   */
  plan?: LabPlan
  /**
   * Why it is not ready.
   */
  reason?: string
  standing: LabStanding
  /**
   * Where it answers, or did before it went down.
   */
  url?: string
  wanted_at: string
  /**
   * The standing, as people read it.
   */
  word: string
}
export interface Paused {
  at: string
  by: string
  /**
   * A turn was cut short by it, to be gone on with.
   */
  cut: boolean
}
/**
 * A thread on a surface.
 */
export interface ThreadLocation {
  channel: string
  /**
   * Such as `slack`.
   */
  surface: string
  /**
   * The workspace there.
   */
  team: string
  /**
   * The surface's name for the message that opens the thread.
   */
  thread: string
}
/**
 * What was suggested for a session, and what a person decided (REQ-START-05).
 */
export interface RoutingDecision {
  /**
   * None leaves it to OpenCode.
   */
  agent?: string
  model?: ModelChoice
  suggested: Suggestion
}
export interface Suggestion {
  agent: string
  /**
   * The words that led to it, or why nothing did.
   */
  because: string[]
  /**
   * From 0 to 1.
   */
  confidence: number
  model?: ModelHint
}
export interface ModelHint {
  /**
   * The reason shown to people.
   */
  because: string
  /**
   * The model, as OpenCode names it.
   */
  model: string
  /**
   * The provider, as OpenCode names it.
   */
  provider: string
}
/**
 * Where a session works (REQ-WORK-01). While the session lasts, no other one gets it.
 */
export interface Workspace {
  /**
   * The branch in each of its repositories; none when a command made the workspace.
   */
  branch?: string
  name: SafeName
  repositories: SafeName[]
}
/**
 * Nothing more to say than that.
 */
export interface NoData {}
/**
 * What a session can be started with, or go on with.
 */
export interface Choices {
  agents: AgentView[]
  /**
   * False when no pod tells; then only models that are known to be up are here.
   */
  known: boolean
  /**
   * Those of the configuration first.
   */
  models: ModelView[]
}
/**
 * A model as people see it.
 */
export interface ModelView {
  cost: string
  model: string
  provider: string
  purpose: string
  state: ModelStanding
  /**
   * Why it is down.
   */
  why?: string
}
export interface DeliveryBudget {
  /**
   * 0 is no limit.
   */
  max: number
  /**
   * `tokens`, `cost_cents` or `seconds`.
   */
  of: string
  used: number
}
/**
 * All there is to see of a delivery.
 */
export interface DeliveryDetails {
  /**
   * Why it stands so, in a sentence.
   */
  because: string
  begun_at: string
  branch: string
  budget: DeliveryBudget[]
  /**
   * `small_bugfix`, `feature`, …
   */
  kind: string
  /**
   * Nothing follows.
   */
  over: boolean
  paused: boolean
  pull?: PullLink
  /**
   * `owner/name`
   */
  repository: string
  requested_by: string
  /**
   * `low`, `medium` or `high`.
   */
  risk: string
  /**
   * Why the risk is what it is.
   */
  risk_because: string[]
  rounds: DeliveryRound[]
  /**
   * `HB-20261128-k3f9`
   */
  run: string
  session: string
  since: string
  /**
   * How it stands, for programs: `waiting_ci`.
   */
  stage: string
  timeline: DeliveryLine[]
  title: string
  /**
   * The same for people: `Waiting for CI`.
   */
  word: string
}
/**
 * A tree that was measured.
 */
export interface DeliveryRound {
  added: number
  /**
   * Who allowed what.
   */
  approvals: string[]
  ask: string[]
  /**
   * `npm test: 128/128 (12 s)`
   */
  checks: string[]
  commit?: string
  deleted: number
  /**
   * What the rules said, each with its rule in front.
   */
  deny: string[]
  files: number
  number: number
  /**
   * The digest of the rules.
   */
  pack?: string
  tree: string
  warn: string[]
}
/**
 * What happened, in the order of when.
 */
export interface DeliveryLine {
  at: string
  details?: string[]
  text: string
}
/**
 * How far deliveries go by themselves now.
 */
export interface DeliveryModeShown {
  /**
   * `off`, `shadow`, `draft` or `full`.
   */
  mode: string
}
/**
 * What a delivery changes.
 */
export interface DeliveryPatch {
  /**
   * Of the newest tree that was measured, as a unified diff; empty before that.
   */
  patch: string
}
/**
 * What came of what a person wanted of deliveries.
 */
export interface DeliverySteered {
  sentence: string
}
/**
 * A delivery, for lists.
 */
export interface DeliveryView {
  /**
   * Why it stands so, in a sentence.
   */
  because: string
  begun_at: string
  branch: string
  /**
   * Nothing follows.
   */
  over: boolean
  paused: boolean
  pull?: PullLink
  /**
   * `owner/name`
   */
  repository: string
  requested_by: string
  /**
   * `low`, `medium` or `high`.
   */
  risk: string
  /**
   * `HB-20261128-k3f9`
   */
  run: string
  session: string
  since: string
  /**
   * How it stands, for programs: `waiting_ci`.
   */
  stage: string
  title: string
  /**
   * The same for people: `Waiting for CI`.
   */
  word: string
}
/**
 * What the person has to do.
 */
export interface DeviceCode {
  address: string
  /**
   * The same, with the code in it, where the provider has that.
   */
  address_with_code?: string
  /**
   * Secret: who has it gets the sign-in once it is confirmed.
   */
  device: string
  ends: string
  /**
   * How long to wait between questions.
   */
  interval_seconds: number
  /**
   * What the person enters at the address.
   */
  user_code: string
}
export interface Diff {
  files: FileChange[]
  /**
   * A sentence for people, where the list is not the whole truth.
   */
  note?: string
}
export interface FileChange {
  additions?: number
  deletions?: number
  patch?: string
  path: string
}
/**
 * What came of it: a passkey, or what one of the older ones must sign first.
 */
export interface Enrolled {
  confirm?: TouchWanted
  passkey?: PasskeyView
}
/**
 * What the browser is to have signed. Bytes are in base64url.
 */
export interface TouchWanted {
  challenge: string
  /**
   * The person's passkeys.
   */
  credentials: string[]
  ends: string
  /**
   * The only page that can do it, as the browser writes it.
   */
  origin: string
  rp_id: string
  /**
   * What is signed: the challenge is `SHA-256("opencode-gateway approval v1\0" ‖ statement)`.
   */
  statement: string
}
/**
 * A passkey as its person sees it.
 */
export interface PasskeyView {
  created: string
  id: string
  last_used?: string
  name: string
  /**
   * Its maker may copy it to the person's other devices.
   */
  synced: boolean
}
/**
 * A file of a message. What is in it is asked for by message and id.
 */
export interface FileShown {
  id: string
  /**
   * As whoever sent it says; what it is decides its content.
   */
  mime: string
  name: string
}
export interface GrantList {
  /**
   * Newest first, those in force before those that ended.
   */
  grants: GrantView[]
}
/**
 * A grant, as it stands now.
 */
export interface GrantView {
  /**
   * The request that it was given with.
   */
  ask: string
  ends?: string
  /**
   * It covers exactly one call, and `pattern` is no pattern.
   */
  exact: boolean
  for: GrantFor
  given_at: string
  given_by: Person
  id: string
  last_used?: string
  /**
   * The pattern, or what the one call that it covers is about.
   */
  pattern: string
  /**
   * It counts in all sessions of this project; missing where it counts only in its session.
   */
  project?: string
  /**
   * All of that in one line.
   */
  sentence: string
  /**
   * The session in which it was given.
   */
  session: string
  state: GrantState
  title: string
  tool: string
  /**
   * Calls that ran by it; the audit log has each of them.
   */
  uses: number
}
/**
 * What the guarded shell gives in this pod.
 */
export interface GuardReport {
  /**
   * The kernel's version of Landlock; 0 where there is none.
   */
  abi: number
  /**
   * What this kernel does not keep the agent from, in words for people.
   */
  missing: string[]
  /**
   * Why commands are refused, or run without the guard.
   */
  refused?: string
}
/**
 * A tool call that is held before it runs.
 */
export interface HeldTool {
  /**
   * All arguments, as the call runs with them; at most `MAX_HELD_ARGS_BYTES`.
   */
  args?: {
    [k: string]: unknown
  }
  call_id: string
  command?: string
  /**
   * The agent of a session above whose own rules deny this.
   */
  denied_by?: string
  /**
   * What would change in `file`.
   */
  diff?: string
  directory: string
  /**
   * OpenCode has not told of the call yet: only rules decide it now. It is told of again where none does, so that a
   * person is asked below the words that come before the call.
   */
  early?: boolean
  file?: string
  hold_id: string
  /**
   * Held by the gate: the gateway is to judge it. Without this a person is asked in any case.
   */
  judge?: boolean
  /**
   * The message that the call stands in, as far as the plugin has seen it.
   */
  message_id?: string
  /**
   * The sessions above a sub-agent's, the nearest first: the last is the one that people see.
   */
  parents?: string[]
  /**
   * Where links lead `file` to, if that is another place. Below the directory as the session names it.
   */
  real_file?: string
  session_id: string
  tool: string
}
export interface Inference {
  /**
   * What to choose from; "Create new project" comes besides.
   */
  active: SafeName[]
  /**
   * What in the title led to it.
   */
  because: string[]
  category: string | null
  /**
   * Where its threads are, as the list says it.
   */
  channel: string | null
  /**
   * From 0 to 1, of the best, whether or not it is good enough.
   */
  confidence: number
  /**
   * None: nothing is clear enough, choose one or make a new one.
   */
  project: SafeName | null
  repositories: ListedRepository[]
  /**
   * Proposed for the workspace.
   */
  workspace: SafeName
}
/**
 * A repository as the list names it.
 */
export interface ListedRepository {
  name: SafeName
  /**
   * Where it comes from; without it the configuration knows.
   */
  remote?: string
}
export interface Invitation {
  /**
   * What comes after the console's address. It works once, for 12 hours, until the gateway restarts.
   */
  path: string
}
/**
 * How the keeping is going.
 */
export interface KeptHealth {
  /**
   * Why commits fail, while they do. What was promised is on disk all the same.
   */
  failing: string | null
  /**
   * What was found and put right lately, newest last.
   */
  notices: string[]
  /**
   * Sessions whose records cannot be written, a sentence for each. All others go on.
   */
  stuck?: string[]
  /**
   * Changes that are on disk and not committed yet.
   */
  waiting: number
}
/**
 * What a lab wrote.
 */
export interface LabLog {
  /**
   * The last 50 lines, with secrets masked; empty when nothing is known.
   */
  log: string
}
/**
 * A lab with what people want to know before they remove it.
 */
export interface LabOverview {
  attempt: string
  /**
   * On disk.
   */
  bytes: number
  ends_at?: string
  made_at?: string
  /**
   * Who wanted it.
   */
  owner?: string
  session: string
  /**
   * The session's title, or its id.
   */
  title: string
  url?: string
  /**
   * How it stands, in a word: `Ready`, `Failed`.
   */
  word: string
}
/**
 * How a session's lab stands.
 */
export interface LabShown {
  /**
   * Missing where the session has no lab.
   */
  lab?: LabCard
}
/**
 * There is no room for one more, because of what is running.
 */
export interface LimitReached {
  limit: number
  running: Running[]
  /**
   * Those that count too, and have no session yet.
   */
  starting: number
  /**
   * The gateway, a project or a person.
   */
  whose: string
}
/**
 * A session that counts, so that people find it.
 */
export interface Running {
  session: string
  title: string
}
export interface ListedProject {
  category?: string
  channel?: string
  id: SafeName
  name: string
  repositories?: ListedRepository[]
  status: ProjectStatus
}
/**
 * A permission that OpenCode waits for.
 */
export interface PermissionAsk {
  /**
   * What "always" would cover.
   */
  always: string[]
  directory: string
  id: string
  /**
   * What OpenCode tells of the call, unshortened: `command`, or `filepath` and `diff`, or others.
   */
  metadata: {
    [k: string]: unknown
  }
  patterns: string[]
  /**
   * The permission's name: `bash`, `edit`, `external_directory`, …
   */
  permission: string
  session_id: string
  tool?: AskTool
}
/**
 * Questions that the agent put and waits for. They are answered together.
 */
export interface QuestionAsk {
  directory: string
  id: string
  questions: QuestionItem[]
  session_id: string
  tool?: AskTool
}
export interface QuestionItem {
  /**
   * Own words are welcome.
   */
  custom: boolean
  header: string
  /**
   * Several options may be chosen.
   */
  multiple: boolean
  options: QuestionOption[]
  question: string
}
export interface QuestionOption {
  description: string
  label: string
}
/**
 * One message with its parts, as read from OpenCode.
 */
export interface MessageInfo {
  agent?: string
  /**
   * Missing while the message is being written, and for ever when OpenCode died under it.
   */
  completed_at?: number
  cost?: number
  created_at: number
  error?: MessageError
  /**
   * Why the model stopped: `stop`, `tool-calls`, … Only a turn's last message says something else
   * than `tool-calls`.
   */
  finish?: string
  /**
   * True when this message came through the gateway, false when a person wrote it in OpenCode's own UI.
   */
  from_gateway?: boolean
  id: string
  model?: ModelRef
  parent_id?: string
  parts?: PartView[]
  role: Role
  tokens?: TokenCount
}
export interface MessageError {
  message: string
  /**
   * OpenCode's name of the error, such as `MessageAbortedError` or `APIError`.
   */
  name: string
}
export interface ModelRef {
  model: string
  provider: string
}
/**
 * One use of a tool by the agent.
 */
export interface ToolCall {
  /**
   * True once the tool's own code ran, not only its permission check. A call that OpenCode's death
   * interrupted with this set may have half run.
   */
  began?: boolean
  call_id: string
  /**
   * The command it runs, where it has one.
   */
  command?: string
  diff?: string
  ended_at?: number
  error?: string
  /**
   * Of a command that has ended; not there when a signal ended it.
   */
  exit_code?: number
  /**
   * The file the tool works on, where it has one.
   */
  file?: string
  /**
   * Shortened to `MAX_TOOL_OUTPUT_BYTES`, the middle cut out.
   */
  output?: string
  part_id: string
  started_at?: number
  status: ToolStatus
  title?: string
  tool: string
}
export interface TokenCount {
  cache_read: number
  input: number
  output: number
  reasoning: number
}
export interface TodoItem {
  content: string
  priority: string
  status: string
}
/**
 * What the page needs to know before anything else.
 */
export interface Me {
  /**
   * When the person last showed the sign-in provider that it is them, in seconds since 1970.
   */
  auth_time?: number
  /**
   * A scripted model plays in place of a real one.
   */
  demo: boolean
  gateway_version: string
  /**
   * Those that the sign-in provider names.
   */
  groups?: string[]
  person: Person
  signed_in: boolean
}
/**
 * A message as the API shows it.
 */
export interface MessageView {
  agent?: string
  /**
   * Missing while the message is being written, and for ever when OpenCode died under it.
   */
  completed_at?: number
  cost?: number
  created_at: number
  error?: MessageError
  /**
   * Why the model stopped: `stop`, `tool-calls`, … Only a turn's last message says something else
   * than `tool-calls`.
   */
  finish?: string
  /**
   * True when this message came through the gateway, false when a person wrote it in OpenCode's own UI.
   */
  from_gateway?: boolean
  id: string
  model?: ModelRef
  parent_id?: string
  parts?: PartView[]
  role: Role
  /**
   * Text of it is being written right now.
   */
  streaming: boolean
  tokens?: TokenCount
}
/**
 * A page of messages, the oldest first.
 */
export interface Messages {
  messages: MessageInfo[]
  /**
   * Older ones exist: ask again with `before` set to the id of the first.
   */
  more: boolean
}
/**
 * A step that the agent reported as done. Short, and part of the record.
 */
export interface Milestone {
  /**
   * By the pod's clock, as the messages around it.
   */
  at: string
  description: string
  details?: string
  id: string
  /**
   * Such as `phase`, `decision` or `blocked`; drawn as an emoji.
   */
  sort: string
}
/**
 * A value of the API with the word for it.
 */
export interface NamedValue {
  label: string
  value: string
}
/**
 * What the browser makes a passkey with. Bytes are in base64url.
 */
export interface NewPasskey {
  /**
   * Kinds of keys, by their numbers in COSE, the best first.
   */
  algorithms: number[]
  challenge: string
  ends: string
  /**
   * Those that the person has already.
   */
  exclude: string[]
  /**
   * The only page that can do it, as the browser writes it.
   */
  origin: string
  rp_id: string
  /**
   * Stands for the person, and tells nothing of them.
   */
  user: string
}
/**
 * A line that tells of one call, or of several reads.
 */
export interface ToolLine {
  /**
   * What is there on request.
   */
  details: ToolDetail[]
  state: LineState
  text: string
}
export interface ToolDetail {
  diff?: string
  error?: string
  /**
   * Of a command that has ended.
   */
  exit_code?: number
  output?: string
  /**
   * The file, command or title.
   */
  subject: string
  /**
   * What a run of tests says of itself.
   */
  tests?: TestCounts
  took_ms?: number
  tool: string
}
export interface TestCounts {
  failed: number
  passed: number
}
export interface OfferedProvider {
  /**
   * What people know it as.
   */
  name: string
  /**
   * Where the browser goes; `?to=` is the page that is wanted afterwards.
   */
  path: string
}
/**
 * How people can sign in here.
 */
export interface Offers {
  /**
   * With the organization's own sign-in, or with GitHub.
   */
  providers: OfferedProvider[]
  /**
   * With the gateway's token and a name.
   */
  token: boolean
}
/**
 * An override that nobody has reviewed yet, for lists.
 */
export interface OpenReview {
  ask: string
  at: string
  by: Person
  due: string
  reason: string
  session: string
  /**
   * What was allowed.
   */
  what: string
  /**
   * Who can review it, as a sentence.
   */
  who: string
}
export interface OpenReviews {
  /**
   * Those that are due first.
   */
  reviews: OpenReview[]
}
/**
 * A person's passkeys, and whether they can add one here.
 */
export interface OwnPasskeys {
  /**
   * The only address where they can be used, as the browser writes it.
   */
  origin?: string
  /**
   * Oldest first.
   */
  passkeys: PasskeyView[]
  /**
   * Why this person can't add one, if so.
   */
  why_not?: string
}
/**
 * A person's sign-in in one browser.
 */
export interface OwnSignIn {
  began: string
  /**
   * Such as `Firefox on Linux`, as the browser says.
   */
  browser: string
  /**
   * How the person came in: with the gateway's token, with the sign-in provider, with GitHub, or passed on from another sign-in.
   */
  by: SignedInBy
  /**
   * The one that asks.
   */
  current: boolean
  ends: string
  id: string
  last_used: string
}
export interface OwnSignIns {
  /**
   * Newest first.
   */
  sign_ins: OwnSignIn[]
}
export interface PageOfAskView {
  items: AskView[]
  /**
   * What to give as `after` for the next page; missing on the last.
   */
  next?: string
}
export interface PageOfSessionCard {
  items: SessionCard[]
  /**
   * What to give as `after` for the next page; missing on the last.
   */
  next?: string
}
export interface PageOfSessionView {
  items: SessionView[]
  /**
   * What to give as `after` for the next page; missing on the last.
   */
  next?: string
}
/**
 * A session as the API shows it.
 */
export interface SessionView {
  agent?: string
  archived?: boolean
  created_at: number
  directory: string
  /**
   * How its agent is kept from what is not its own. Filled in when it is shown.
   */
  guard?: GuardState
  id: string
  model?: ModelRef
  online: boolean
  open_asks: number
  /**
   * Where OpenCode's own web UI shows it.
   */
  opencode_url?: string
  /**
   * The session that started this one as a sub-agent.
   */
  parent_id?: string
  pod: string
  rev: number
  status: LiveStatus
  title: string
  /**
   * What is wrong with its record, if that is damaged and set aside.
   */
  unrecoverable?: string
  updated_at: number
}
/**
 * A pod as people see it.
 */
export interface PodStatus {
  boot_id: string | null
  commands_in_flight: number
  connected: boolean
  connection_id: string | null
  /**
   * What it has shown for its name: `shared` with others, a token of its `own`, or one of the `cluster`.
   */
  credential: string | null
  directories: number
  events_received: number
  /**
   * What the guarded shell gives there; nothing where agents work without it.
   */
  guard: GuardReport | null
  /**
   * The same in one word, with what is open beside it.
   */
  guard_state: GuardState | null
  open_directories: string[]
  opencode_version: string | null
  plugin_version: string | null
  pod: string
  server_url: string | null
  /**
   * That the gateway shows of it.
   */
  sessions: number
}
/**
 * A person on a session of the web UI, or on none of them.
 */
export interface Present {
  /**
   * When they last did something there.
   */
  last: string
  person: Person
  session?: string
  since: string
}
/**
 * What went wrong, and what to do.
 */
export interface Problem {
  /**
   * A sentence for a person.
   */
  detail: string
  /**
   * At a limit of running sessions: those that count.
   */
  running?: Running[]
  status: number
  title: string
}
/**
 * A line that a person sees in the thread.
 */
export interface ProgressLine {
  text: string
  tone: Tone
}
/**
 * A project, as it is offered.
 */
export interface Project {
  category?: string
  channel?: string
  /**
   * What sessions are filed under: the id, or the name of the configuration.
   */
  name: string
  /**
   * Directories that sessions can work in as they are.
   */
  repositories: Repository[]
  status: ProjectStatus
  /**
   * Only of the list.
   */
  title?: string
  /**
   * What a workspace can be made of.
   */
  workspace_repositories: SafeName[]
}
export interface Repository {
  /**
   * Where it lies, as OpenCode sees it.
   */
  directory: string
  /**
   * Its name among the project's repositories.
   */
  name: string
}
export interface Projects {
  /**
   * Directories that sessions can work in, those that were worked in last first.
   */
  directories: Repository[]
  /**
   * Rows of the project list that could not be used.
   */
  faults: RowFault[]
  projects: Project[]
}
/**
 * A row that is wrong, as a sentence.
 */
export interface RowFault {
  line: number
  why: string
}
/**
 * What can be run in a session, and what was.
 */
export interface SessionChecks {
  /**
   * Why the project's files could not be looked at, if so.
   */
  not_looked?: string
  /**
   * Those of the project's configuration first, then those that the project's own files have.
   */
  offered: CheckSpec[]
  /**
   * The newest run of each check, oldest first.
   */
  runs: CheckRun[]
}
export interface Snapshot {
  asks: LiveAsk[]
  messages: MessageView[]
  session: SessionView
  todos: TodoItem[]
}
/**
 * How the running gateway is set up.
 */
export interface Setup {
  administrators: number
  /**
   * Whether alerts are taken, and how many people hear of them.
   */
  alerts: boolean
  /**
   * Whether a token for people and programs was set; otherwise the gateway made its own.
   */
  api_token: boolean
  /**
   * Whether pods of the cluster come in with their own.
   */
  bridge_accounts: boolean
  /**
   * Whether plugins must present a token that all of them share.
   */
  bridge_token: boolean
  /**
   * The file with rules, if there is one.
   */
  config_file: string | null
  gateway_version: string
  listen: string
  /**
   * Whether a proxy signs people in.
   */
  proxy: boolean
  slack: boolean
  state: string
  /**
   * The folder of the sessions' own workspaces, whole: agents write there.
   */
  workspaces: string
}
/**
 * Who is signed in now.
 */
export interface SignedIn {
  signed_in: string
}
/**
 * The limits that forms show and check before anything is sent. What is sent is checked again.
 */
export interface Sizes {
  /**
   * Characters of a category.
   */
  category: number
  /**
   * Files of one message.
   */
  files: number
  /**
   * Bytes of all files of a message.
   */
  files_bytes: number
  /**
   * Bytes of a message's text.
   */
  message_bytes: number
  /**
   * Messages that can be queued in one session.
   */
  queued_messages: number
  /**
   * Characters of the reason for a denial.
   */
  reason: number
  /**
   * Characters of a session's title.
   */
  title: number
}
/**
 * A start, as far as it is.
 */
export interface StartView {
  failed: boolean
  /**
   * Set when it is made.
   */
  session?: string
  steps: Step[]
}
/**
 * A line that a person sees in the thread.
 */
export interface Step {
  stage: Stage
  text: string
  tone: Tone
}
/**
 * A thread with everything in it.
 */
export interface Whole {
  card: SessionCard
  items: ThreadItem[]
  rev: number
}
/**
 * A thread, or the newest part of it.
 */
export interface ThreadPage {
  card: SessionCard
  items: ThreadItem[]
  /**
   * What to give as `before` for the items before these; missing when there are none.
   */
  next?: SortKey
  rev: number
}
/**
 * What forms offer and check, the same on every surface.
 */
export interface Vocabulary {
  /**
   * Kinds of work that every form offers, those of the project list included; others can be written.
   */
  categories: string[]
  /**
   * What sessions are doing, as lists say it.
   */
  doing: NamedValue[]
  limits: Sizes
  priorities: NamedValue[]
}
export interface WorkspaceShown {
  /**
   * There is more than was counted.
   */
  at_least: boolean
  /**
   * Bytes on disk, without what the repositories share.
   */
  bytes: number
  directory: string
  /**
   * What is only there, as sentences.
   */
  losses: string[]
  made_at?: string
  name: SafeName
  repositories: SafeName[]
  /**
   * Title and id of the session that works there.
   */
  used_by?: string
}
export interface TakenAside {
  /**
   * Where it is talked about, once that is known.
   */
  place?: string | null
}
export interface ReviewGiven {
  /**
   * What the person found. Everyone sees it.
   */
  words?: string | null
}
export interface ModeWanted {
  mode: "off" | "shadow" | "draft" | "full"
}
/**
 * What the browser brings back. Bytes are in base64url, without padding.
 */
export interface GivenRegistration {
  attestation_object: string
  client_data_json: string
  /**
   * What the person calls it.
   */
  name: string
}
/**
 * What the browser brings back. Bytes are in base64url, without padding.
 */
export interface GivenAssertion {
  authenticator_data: string
  client_data_json: string
  credential: string
  signature: string
}
/**
 * How it is confirmed; without anything a sign-in of the last 15 minutes counts.
 */
export interface RemovalGiven {
  /**
   * What the browser brings back. Bytes are in base64url, without padding.
   */
  assertion?: {
    authenticator_data: string
    client_data_json: string
    credential: string
    signature: string
  }
}
/**
 * What a person says of a new project.
 */
export interface NewProject {
  category?: string | null
  channel?: string | null
  name: string
  /**
   * Names that the configuration knows, or addresses.
   *
   * @maxItems 50
   */
  repositories?: string[]
}
export interface NewSession {
  agent?: string | null
  /**
   * One or two words.
   */
  category?: string | null
  /**
   * Where to work, as the pod sees it; not needed with a workspace.
   */
  directory?: string
  /**
   * The files of the first message.
   *
   * @maxItems 10
   */
  files?: {
    /**
     * What is in it, as base64: text, an image (PNG, JPEG, GIF, WebP) or PDF.
     */
    content: string
    name: string
  }[]
  /**
   * Which tool calls of a session wait for the gateway before they run.
   */
  hold?: "none" | "writes" | "all"
  /**
   * The sender's own word for this start: sent again with the same one, it is the same session.
   */
  key?: string | null
  model?: {
    model: string
    provider: string
  }
  /**
   * The pod to work in; with just one connected it need not be named.
   */
  pod?: string | null
  /**
   * How much it matters, next to other work.
   */
  priority?: "low" | "normal" | "high" | "urgent" | null
  project?: string | null
  /**
   * The first message.
   */
  prompt?: string | null
  /**
   * In one line.
   */
  title: string
  /**
   * A place of its own, made for the session.
   */
  workspace?: {
    /**
     * Made of project and title if it is not given.
     */
    name?: string | null
    /**
     * All of the project if none are named.
     */
    repositories?: string[]
  }
}
export interface ChosenAgent {
  agent: string
}
/**
 * Which checks are to run. Without anything: those that are configured, or else the first unit tests that were found.
 */
export interface RunChecks {
  /**
   * Also on the code as it was before the session's changes, with the tests of now: "fails before, passes after".
   */
  before?: boolean
  /**
   * All of one kind.
   */
  kind?: ("unit" | "integration" | "acceptance") | null
  /**
   * By their names, as they are offered.
   *
   * @maxItems 20
   */
  names?: string[]
}
/**
 * Less than the project allows. Without anything: as far as that.
 */
export interface DeliverWanted {
  only?: ("shadow" | "draft") | null
}
export interface NewHome {
  /**
   * The name of a pod that is connected.
   */
  pod: string
}
export interface Hold {
  /**
   * Which tool calls of a session wait for the gateway before they run.
   */
  hold: "none" | "writes" | "all"
}
export interface NewMessage {
  agent?: string | null
  /**
   * @maxItems 10
   */
  files?: {
    /**
     * What is in it, as base64: text, an image (PNG, JPEG, GIF, WebP) or PDF.
     */
    content: string
    name: string
  }[]
  /**
   * The sender's own word for this message: sent again with the same one, it is written once.
   */
  key?: string | null
  model?: {
    model: string
    provider: string
  }
  /**
   * May be empty beside files.
   */
  text?: string
}
export interface ChosenModel {
  model: string
  provider: string
}
export interface Title {
  /**
   * In one line.
   */
  title: string
}
export interface SignIn {
  /**
   * What others see: letters, digits, spaces or any of `-_.@`.
   */
  name: string
  token: string
}
export interface BeginDevice {
  /**
   * What the person recognizes the machine by in the list of their sign-ins: a plain name of up to 64 characters.
   */
  machine?: string | null
}
export interface AskDevice {
  device: string
}
export interface Removal {
  /**
   * What is only there may go.
   */
  confirmed?: boolean
}
/**
 * What each operation takes and answers, by its id.
 */
export interface Operations {
  get_asks: {
    query: {
      /**
       * `next` of the page before.
       */
      after?: string
      /**
       * Most entries in the answer; 100 when it is not said.
       */
      limit?: number
    }
    answer: PageOfAskView
  }
  get_asks_id: {
    answer: AskView
  }
  post_asks_id_answer: {
    body: GivenAnswer
    answer: Reply
  }
  post_asks_id_aside: {
    body: TakenAside
    answer: Reply
  }
  post_asks_id_challenge: {
    body: AnswerToSign
    answer: TouchWanted
  }
  post_asks_id_reveal: {
    answer: Reply
  }
  post_asks_id_review: {
    body: ReviewGiven
    answer: Reply
  }
  get_audit: {
    query: {
      /**
       * The request's id.
       */
      ask?: string
      /**
       * The number of the last entry of the page before.
       */
      before?: number
      /**
       * Not earlier than that.
       */
      from?: string
      /**
       * What the entry tells of.
       */
      kind?: "decision" | "rule" | "refusal" | "alarm" | "other"
      /**
       * Most entries in the answer; 50 when it is not said.
       */
      limit?: number
      /**
       * Part of the id of whoever did it, such as `anna` or `slack:`.
       */
      person?: string
      session?: string
      /**
       * What stands anywhere in an entry: a command, a file, a title, an answer.
       */
      text?: string
      /**
       * Earlier than that.
       */
      until?: string
    }
    answer: AuditEntries
  }
  get_bridge: {
    answer: PodStatus[]
  }
  get_cards: {
    query: {
      /**
       * `next` of the page before.
       */
      after?: string
      /**
       * Most entries in the answer; 100 when it is not said.
       */
      limit?: number
    }
    answer: PageOfSessionCard
  }
  get_cards_events: {
    query: {
      last_event_id?: string
    }
    answer: CardEvent
  }
  get_choices: {
    query: {
      directory?: string
      pod?: string
    }
    answer: Choices
  }
  get_deliveries: {
    answer: DeliveryView[]
  }
  get_deliveries_run: {
    answer: DeliveryDetails
  }
  get_deliveries_run_patch: {
    answer: DeliveryPatch
  }
  post_deliveries_run_steer: {
    body: DeliveryWish
    answer: DeliverySteered
  }
  get_delivery_mode: {
    answer: DeliveryModeShown
  }
  put_delivery_mode: {
    body: ModeWanted
    answer: DeliverySteered
  }
  get_grants: {
    answer: GrantList
  }
  delete_grants_id: {
    answer: GrantView
  }
  get_labs: {
    answer: LabOverview[]
  }
  post_links: {
    answer: Invitation
  }
  get_me: {
    answer: Me
  }
  get_me_passkeys: {
    answer: OwnPasskeys
  }
  post_me_passkeys: {
    body: GivenRegistration
    answer: Enrolled
  }
  post_me_passkeys_begin: {
    answer: NewPasskey
  }
  post_me_passkeys_confirm: {
    body: GivenAssertion
    answer: PasskeyView
  }
  post_me_passkeys_id_challenge: {
    answer: TouchWanted
  }
  post_me_passkeys_id_remove: {
    body: RemovalGiven
    answer: undefined
  }
  get_me_sign_ins: {
    answer: OwnSignIns
  }
  delete_me_sign_ins_id: {
    answer: undefined
  }
  get_models: {
    answer: ModelView[]
  }
  get_presence: {
    answer: Present[]
  }
  get_projects: {
    answer: Projects
  }
  post_projects: {
    body: NewProject
    answer: ListedProject
  }
  get_projects_infer: {
    query: {
      title: string
    }
    answer: Inference
  }
  get_reviews: {
    answer: OpenReviews
  }
  get_routing: {
    query: {
      description?: string
      /**
       * Where it is to be worked on.
       */
      directory?: string
      pod?: string
      project?: string
      title?: string
    }
    answer: Suggestion | null
  }
  get_sessions: {
    query: {
      /**
       * `next` of the page before.
       */
      after?: string
      /**
       * Most entries in the answer; 100 when it is not said.
       */
      limit?: number
    }
    answer: PageOfSessionView
  }
  post_sessions: {
    body: NewSession
    answer: SessionView
  }
  get_sessions_id: {
    answer: SessionView
  }
  post_sessions_id_abort: {
    answer: Reply
  }
  post_sessions_id_agent: {
    body: ChosenAgent
    answer: Reply
  }
  get_sessions_id_checks: {
    answer: SessionChecks
  }
  post_sessions_id_checks: {
    body: RunChecks
    answer: Reply
  }
  post_sessions_id_checks_stop: {
    answer: Reply
  }
  get_sessions_id_checks_check_output: {
    answer: undefined
  }
  post_sessions_id_close: {
    answer: Reply
  }
  post_sessions_id_deliver: {
    body: DeliverWanted
    answer: Reply
  }
  get_sessions_id_diff: {
    answer: Diff
  }
  get_sessions_id_events: {
    answer: SessionEvent
  }
  post_sessions_id_hand_over: {
    body: NewHome
    answer: undefined
  }
  post_sessions_id_hold: {
    body: Hold
    answer: undefined
  }
  get_sessions_id_lab: {
    answer: LabShown
  }
  post_sessions_id_lab_clean: {
    answer: Reply
  }
  post_sessions_id_lab_deploy: {
    answer: Reply
  }
  get_sessions_id_lab_log: {
    answer: LabLog
  }
  post_sessions_id_lab_take_over: {
    answer: Reply
  }
  get_sessions_id_messages: {
    query: {
      /**
       * The id of the first message of the page after.
       */
      before?: string
      /**
       * Most messages in the answer; 50 when it is not said.
       */
      limit?: number
    }
    answer: Messages
  }
  post_sessions_id_messages: {
    body: NewMessage
    answer: MessageReceipt
  }
  get_sessions_id_messages_message_files_file: {
    answer: undefined
  }
  post_sessions_id_model: {
    body: ChosenModel
    answer: Reply
  }
  post_sessions_id_pause: {
    answer: Reply
  }
  post_sessions_id_rename: {
    body: Title
    answer: undefined
  }
  post_sessions_id_reopen: {
    answer: Reply
  }
  post_sessions_id_resume: {
    answer: Reply
  }
  post_sessions_id_retry: {
    answer: Reply
  }
  get_sessions_id_thread: {
    query: {
      /**
       * `next` of the part after: only items before that.
       */
      before?: string
      /**
       * Only so many of the newest items; all when it is not said.
       */
      limit?: number
    }
    answer: ThreadPage
  }
  get_sessions_id_thread_events: {
    query: {
      last_event_id?: string
    }
    answer: ThreadEvent
  }
  get_setup: {
    answer: Setup
  }
  get_sign_in: {
    answer: Offers
  }
  post_sign_in: {
    body: SignIn
    answer: SignedIn
  }
  post_sign_in_device: {
    body: BeginDevice
    answer: DeviceCode
  }
  post_sign_in_device_token: {
    body: AskDevice
    answer: DeviceSignIn
  }
  post_sign_out: {
    answer: undefined
  }
  get_starts_key: {
    answer: StartView
  }
  get_state: {
    answer: KeptHealth
  }
  get_vocabulary: {
    answer: Vocabulary
  }
  get_workspaces: {
    answer: WorkspaceShown[]
  }
  post_workspaces_name_remove: {
    body: Removal
    answer: ProgressLine[]
  }
  get_healthz: {
    answer: undefined
  }
  get_metrics: {
    answer: undefined
  }
  get_readyz: {
    answer: undefined
  }
}
