// Generated from the crate bridge-protocol; edit that and run `make protocol`.

/** A value that the protocol carries as it is. */
type JsonValue = unknown;

/**
 * An OpenCode session as OpenCode itself describes it.
 */
export type SessionInfo = { id: string, title: string, directory: string, 
/**
 * The session that started this one as a sub-agent.
 */
parent_id?: string | null, agent?: string | null, model?: ModelRef | null, created_at: number, updated_at: number, archived?: boolean, };

export type ModelRef = { provider: string, model: string, };

export type SessionStatus = "idle" | "busy" | "retry" | "unknown";

export type Role = "user" | "assistant" | "unknown";

/**
 * One message with its parts, as read from OpenCode.
 */
export type MessageInfo = { id: string, role: Role, parent_id?: string | null, agent?: string | null, model?: ModelRef | null, created_at: number, 
/**
 * Missing while the message is being written, and for ever when OpenCode died under it.
 */
completed_at?: number | null, 
/**
 * Why the model stopped: `stop`, `tool-calls`, … Only a turn's last message says something else
 * than `tool-calls`.
 */
finish?: string | null, error?: MessageError | null, tokens?: TokenCount | null, cost?: number | null, 
/**
 * True when this message came through the gateway, false when a person wrote it in OpenCode's own UI.
 */
from_gateway?: boolean, parts?: Array<PartView>, };

export type MessageError = { 
/**
 * OpenCode's name of the error, such as `MessageAbortedError` or `APIError`.
 */
name: string, message: string, };

export type TokenCount = { input: number, output: number, reasoning: number, cache_read: number, };

/**
 * A piece of a message that a person can see.
 */
export type PartView = { "kind": "text", id: string, text: string, } | { "kind": "reasoning", id: string, text: string, 
/**
 * How long the model thought, once it has.
 */
took_ms?: number | null, } | { "kind": "tool" } & ToolCall | { "kind": "file", id: string, filename: string, mime: string, } | { "kind": "other", id: string, name: string, };

/**
 * The kinds of text that stream.
 */
export type PartKind = "text" | "reasoning" | "unknown";

export type ToolStatus = "pending" | "running" | "completed" | "error" | "unknown";

/**
 * One use of a tool by the agent.
 */
export type ToolCall = { part_id: string, call_id: string, tool: string, status: ToolStatus, title?: string | null, 
/**
 * The file the tool works on, where it has one.
 */
file?: string | null, 
/**
 * The command it runs, where it has one.
 */
command?: string | null, 
/**
 * Shortened to `MAX_TOOL_OUTPUT_BYTES`, the middle cut out.
 */
output?: string | null, error?: string | null, diff?: string | null, started_at?: number | null, ended_at?: number | null, 
/**
 * Of a command that has ended; not there when a signal ended it.
 */
exit_code?: number | null, 
/**
 * True once the tool's own code ran, not only its permission check. A call that OpenCode's death
 * interrupted with this set may have half run.
 */
began?: boolean, };

/**
 * The tool call an ask belongs to.
 */
export type AskTool = { message_id: string, call_id: string, };

/**
 * A permission that OpenCode waits for.
 */
export type PermissionAsk = { id: string, session_id: string, directory: string, 
/**
 * The permission's name: `bash`, `edit`, `external_directory`, …
 */
permission: string, patterns: Array<string>, 
/**
 * What "always" would cover.
 */
always: Array<string>, 
/**
 * What OpenCode tells of the call, unshortened: `command`, or `filepath` and `diff`, or others.
 */
metadata: { [key in string]: JsonValue }, tool?: AskTool | null, };

/**
 * Questions that the agent put and waits for. They are answered together.
 */
export type QuestionAsk = { id: string, session_id: string, directory: string, questions: Array<QuestionItem>, tool?: AskTool | null, };

export type QuestionItem = { question: string, header: string, options: Array<QuestionOption>, 
/**
 * Several options may be chosen.
 */
multiple: boolean, 
/**
 * Own words are welcome.
 */
custom: boolean, };

export type QuestionOption = { label: string, description: string, };

/**
 * Which tool calls of a session wait for the gateway before they run.
 */
export type HoldMode = "none" | "writes" | "all";

/**
 * A tool call that is held before it runs.
 */
export type HeldTool = { hold_id: string, session_id: string, directory: string, tool: string, call_id: string, 
/**
 * The message that the call stands in, as far as the plugin has seen it.
 */
message_id?: string | null, file?: string | null, command?: string | null, 
/**
 * Held by the gate: the gateway is to judge it. Without this a person is asked in any case.
 */
judge?: boolean, 
/**
 * OpenCode has not told of the call yet: only rules decide it now. It is told of again where none does, so that a
 * person is asked below the words that come before the call.
 */
early?: boolean, 
/**
 * The sessions above a sub-agent's, the nearest first: the last is the one that people see.
 */
parents?: Array<string>, 
/**
 * All arguments, as the call runs with them; at most `MAX_HELD_ARGS_BYTES`.
 */
args?: { [key in string]: JsonValue } | null, 
/**
 * Where links lead `file` to, if that is another place. Below the directory as the session names it.
 */
real_file?: string | null, 
/**
 * What would change in `file`.
 */
diff?: string | null, 
/**
 * The agent of a session above whose own rules deny this.
 */
denied_by?: string | null, };

/**
 * What went past the gate, or tried to.
 */
export type GateAlarm = "foreign_reply" | "foreign_ask" | "unknown";

/**
 * A model that OpenCode has a provider for.
 */
export type OfferedModel = { provider: string, model: string, 
/**
 * As OpenCode shows it to people.
 */
name: string, };

/**
 * An agent that people can talk to.
 */
export type OfferedAgent = { name: string, description: string, };

export type TodoItem = { content: string, status: string, priority: string, };

export type FileChange = { path: string, additions?: number | null, deletions?: number | null, patch?: string | null, };

/**
 * Where the newest turn of a session stands, for reconciliation after a restart.
 */
export type TurnState = { 
/**
 * The newest user message: what `session.resume` takes to go on with an interrupted turn.
 */
user_message_id: string, 
/**
 * The newest message of all.
 */
last_message_id: string, 
/**
 * False when OpenCode is idle although the turn has no final message: it died under it.
 */
finished: boolean, };

/**
 * What the guarded shell gives in this pod.
 */
export type GuardReport = { 
/**
 * The kernel's version of Landlock; 0 where there is none.
 */
abi: number, 
/**
 * What this kernel does not keep the agent from, in words for people.
 */
missing: Array<string>, 
/**
 * Why commands are refused, or run without the guard.
 */
refused?: string | null, };

/**
 * What holds in an OpenCode, whatever its files say.
 */
export type EffectivePermissions = { 
/**
 * Every tool call waits for the gateway's verdict.
 */
gate: boolean, 
/**
 * What a repository can still bring into OpenCode, in words for people. Nothing where all of it is off.
 */
repository: Array<string>, 
/**
 * What OpenCode itself lets agents do without an ask, such as `build: edit, bash`.
 */
unasked: Array<string>, };

/**
 * The plugin's first frame: who it is, and how things stand in OpenCode right now.
 */
export type Hello = { protocol: VersionRange, plugin_version: string, opencode_version: string, pod: string, 
/**
 * Drawn anew when OpenCode starts: positions of another boot mean nothing.
 */
boot_id: string, 
/**
 * When this OpenCode started; of two processes with one pod name the later one is right.
 */
started_at: number, 
/**
 * OpenCode's address as the plugin sees it, for links to its web UI.
 */
server_url?: string | null, directories: Array<string>, 
/**
 * Newest first, at most `MAX_HELLO_SESSIONS`.
 */
sessions: Array<SessionSnapshot>, 
/**
 * Every permission that is open in OpenCode now.
 */
permissions: Array<PermissionAsk>, 
/**
 * Every question that is open in OpenCode now.
 */
questions: Array<QuestionAsk>, 
/**
 * Every tool call that the plugin holds now.
 */
held: Array<HeldTool>, 
/**
 * How the agent's programs are kept from what is not theirs. Nothing when OpenCode was started without a guard.
 */
guard?: GuardReport | null, 
/**
 * What agents may do in this OpenCode before the gateway or a person is asked. Older plugins do not tell.
 */
effective?: EffectivePermissions | null, position: Position, };

export type VersionRange = { min: number, max: number, };

export type SessionSnapshot = { session: SessionInfo, status: SessionStatus, 
/**
 * Told for sessions that are busy, or whose newest turn did not finish.
 */
turn?: TurnState | null, };

/**
 * What the plugin's buffer holds.
 */
export type Position = { 
/**
 * The gateway acknowledged everything up to here; 0 before the first.
 */
acked: number, 
/**
 * The last position given to an event. `acked + 1 ..= sent` can be sent again.
 */
sent: number, 
/**
 * True when the buffer overflowed and something was left out that only a reconciliation repairs.
 */
overflowed: boolean, };

/**
 * The gateway's answer to a `hello` it accepts.
 */
export type Welcome = { 
/**
 * The version both ends speak from now on.
 */
protocol: number, gateway_version: string, connection_id: string, mode: ResumeMode, 
/**
 * The plugin sends its events from this position on.
 */
resume_from: number, ping_interval_ms: number, max_frame_bytes: number, 
/**
 * How sessions are held that the gateway did not start.
 */
hold_default: HoldMode, 
/**
 * The longest that a person may take to decide a held call. The plugin waits `HOLD_MARGIN_MS` longer, so that
 * the gateway's word comes first. Older gateways do not tell it.
 */
hold_timeout_ms?: number | null, 
/**
 * It takes calls that are `early`. Older gateways would ask people about them at once.
 */
judges_early?: boolean, };

export type ResumeMode = "replay" | "reconcile";

/**
 * The gateway's answer to a `hello` it does not accept. A close frame follows.
 */
export type Refused = { 
/**
 * The close code that follows.
 */
code: number, message: string, 
/**
 * The versions this gateway speaks.
 */
supported: VersionRange, };

/**
 * A command with what correlates and bounds it.
 */
export type Request = { request_id: string, 
/**
 * Milliseconds until the caller stops waiting; a reply after that is dropped.
 */
deadline_ms: number, 
/**
 * The place in a trace that asks for this. Then the plugin tells what it did as `trace.spans`.
 */
traceparent?: string | null, } & ({ "type": "session.create", directory: string, title: string, agent?: string | null, model?: ModelRef | null, hold: HoldMode, } | { "type": "session.message", session_id: string, message_id: string, parts: Array<PromptPart>, agent?: string | null, model?: ModelRef | null, 
/**
 * Stored for the agent to read in its next turn, without starting one.
 */
no_reply: boolean, } | { "type": "session.resume", session_id: string, message_id: string, } | { "type": "session.retry", session_id: string, agent?: string | null, model?: ModelRef | null, } | { "type": "session.list", directory?: string | null, } | { "type": "session.messages", session_id: string, limit: number, before?: string | null, } | { "type": "session.abort", session_id: string, } | { "type": "session.rename", session_id: string, title: string, } | { "type": "session.fork", session_id: string, message_id?: string | null, } | { "type": "session.diff", session_id: string, message_id?: string | null, } | { "type": "session.attachment", session_id: string, message_id: string, part_id: string, } | { "type": "session.export", session_id: string, } | { "type": "session.move", session_id: string, directory: string, move_changes: boolean, stop?: boolean, } | { "type": "session.hold", session_id: string, hold: HoldMode, } | { "type": "hold.release", session_id: string, hold_id: string, verdict: Verdict, tool?: AskTool | null, } | { "type": "permission.reply", session_id: string, directory: string, permission_id: string, tool?: AskTool | null, } & ({ "reply": "once" } | { "reply": "always" } | { "reply": "reject", message: string, }) | { "type": "question.reply", session_id: string, directory: string, question_id: string, answers: Array<Array<string>>, tool?: AskTool | null, } | { "type": "question.complete", session_id: string, tool: AskTool, questions: Array<string>, answers: Array<Array<string>>, } | { "type": "directory.open", directory: string, } | { "type": "choices.list", directory?: string | null, } | { "type": "check.look", session_id: string, files: Array<string>, } | { "type": "check.start", session_id: string, check_id: string, command: string, env: { [key in string]: string }, 
/**
 * Then the whole process group is ended.
 */
limit_ms: number, 
/**
 * A file that the command writes its results to, below the session's directory.
 */
report?: string | null, 
/**
 * Not in the session's directory, but in a copy of it as it was before the session's changes, with the tests of now.
 */
before?: boolean, } | { "type": "check.await", session_id: string, check_id: string, } | { "type": "check.stop", session_id: string, check_id: string, } | { "type": "check.tell", session_id: string, wish_id: string, summary: string, });

export type Command = { "type": "session.create", directory: string, title: string, agent?: string | null, model?: ModelRef | null, hold: HoldMode, } | { "type": "session.message", session_id: string, message_id: string, parts: Array<PromptPart>, agent?: string | null, model?: ModelRef | null, 
/**
 * Stored for the agent to read in its next turn, without starting one.
 */
no_reply: boolean, } | { "type": "session.resume", session_id: string, message_id: string, } | { "type": "session.retry", session_id: string, agent?: string | null, model?: ModelRef | null, } | { "type": "session.list", directory?: string | null, } | { "type": "session.messages", session_id: string, limit: number, before?: string | null, } | { "type": "session.abort", session_id: string, } | { "type": "session.rename", session_id: string, title: string, } | { "type": "session.fork", session_id: string, message_id?: string | null, } | { "type": "session.diff", session_id: string, message_id?: string | null, } | { "type": "session.attachment", session_id: string, message_id: string, part_id: string, } | { "type": "session.export", session_id: string, } | { "type": "session.move", session_id: string, directory: string, move_changes: boolean, stop?: boolean, } | { "type": "session.hold", session_id: string, hold: HoldMode, } | { "type": "hold.release", session_id: string, hold_id: string, verdict: Verdict, tool?: AskTool | null, } | { "type": "permission.reply", session_id: string, directory: string, permission_id: string, tool?: AskTool | null, } & ({ "reply": "once" } | { "reply": "always" } | { "reply": "reject", message: string, }) | { "type": "question.reply", session_id: string, directory: string, question_id: string, answers: Array<Array<string>>, tool?: AskTool | null, } | { "type": "question.complete", session_id: string, tool: AskTool, questions: Array<string>, answers: Array<Array<string>>, } | { "type": "directory.open", directory: string, } | { "type": "choices.list", directory?: string | null, } | { "type": "check.look", session_id: string, files: Array<string>, } | { "type": "check.start", session_id: string, check_id: string, command: string, env: { [key in string]: string }, 
/**
 * Then the whole process group is ended.
 */
limit_ms: number, 
/**
 * A file that the command writes its results to, below the session's directory.
 */
report?: string | null, 
/**
 * Not in the session's directory, but in a copy of it as it was before the session's changes, with the tests of now.
 */
before?: boolean, } | { "type": "check.await", session_id: string, check_id: string, } | { "type": "check.stop", session_id: string, check_id: string, } | { "type": "check.tell", session_id: string, wish_id: string, summary: string, };

/**
 * A piece of a message to the agent. Part ids begin with `prt_`.
 */
export type PromptPart = { "kind": "text", id: string, text: string, } | { "kind": "file", id: string, filename: string, mime: string, 
/**
 * A `data:` or `file:` address.
 */
url: string, };

/**
 * A person's decision on a permission. A rejection always carries a sentence: without one OpenCode ends
 * the turn and rejects the session's other asks.
 */
export type PermissionReply = { "reply": "once" } | { "reply": "always" } | { "reply": "reject", message: string, };

export type Verdict = { "let": "through", 
/**
 * What runs in place of a shell's command: the same, as it was read and shown.
 */
runs?: string | null, } | { "let": "refuse", message: string, };

/**
 * A command that worked.
 */
export type Reply = { request_id: string, result: ReplyResult, };

export type ReplyResult = { "kind": "done" } | { "kind": "session", session: SessionInfo, } | { "kind": "sessions", sessions: Array<SessionSnapshot>, } | { "kind": "messages", messages: Array<MessageInfo>, 
/**
 * Older messages exist: ask again with `before` set to the first id.
 */
more: boolean, } | { "kind": "diff", files: Array<FileChange>, } | { "kind": "attachment", filename: string, mime: string, content: string, } | { "kind": "choices", models: Array<OfferedModel>, agents: Array<OfferedAgent>, home?: string | null, } | { "kind": "export", data: JsonValue, } | { "kind": "ask", } & ({ "outcome": "applied" } | { "outcome": "not_pending", tool?: ToolCall | null, 
/**
 * True when the session's turn was interrupted by OpenCode's death and can be resumed.
 */
interrupted: boolean, }) | { "kind": "check", 
/**
 * Nothing when a signal ended it.
 */
exit_code: number | null, duration_ms: number, timed_out: boolean, stopped: boolean, 
/**
 * The end of what it printed, on both outputs in their order.
 */
output: string, 
/**
 * How much it printed in all, and the SHA-256 of that in hex.
 */
output_bytes: number, digest: string, 
/**
 * What is in the file that it wrote its results to, unless that is too large or not there.
 */
report?: string | null, 
/**
 * What it ran on, where the directory is a git repository.
 */
code?: CodeState | null, } | { "kind": "check_files", files: { [key in string]: string }, };

/**
 * What became of an answer to a permission, a question or a held call.
 */
export type AskOutcome = { "outcome": "applied" } | { "outcome": "not_pending", tool?: ToolCall | null, 
/**
 * True when the session's turn was interrupted by OpenCode's death and can be resumed.
 */
interrupted: boolean, };

/**
 * A check's command that has ended, as its pod tells it.
 */
export type CheckEnded = { 
/**
 * Nothing when a signal ended it.
 */
exit_code: number | null, duration_ms: number, timed_out: boolean, stopped: boolean, 
/**
 * The end of what it printed, on both outputs in their order.
 */
output: string, 
/**
 * How much it printed in all, and the SHA-256 of that in hex.
 */
output_bytes: number, digest: string, 
/**
 * What is in the file that it wrote its results to, unless that is too large or not there.
 */
report?: string | null, 
/**
 * What it ran on, where the directory is a git repository.
 */
code?: CodeState | null, };

/**
 * The files of a git repository as they were.
 */
export type CodeState = { commit: string, 
/**
 * Git's digest of all files, those that are not committed included.
 */
tree: string, 
/**
 * There were changes that are not committed.
 */
uncommitted: boolean, 
/**
 * The tree was another one when the command had ended.
 */
changed_meanwhile: boolean, };

/**
 * A command that failed.
 */
export type CommandError = { request_id: string, code: ErrorCode, 
/**
 * A sentence for people: what, where, how to mend.
 */
message: string, };

export type ErrorCode = "unknown_command" | "invalid_argument" | "session_not_found" | "directory_not_found" | "message_not_found" | "check_not_found" | "busy" | "superseded" | "opencode_error" | "opencode_unreachable" | "too_large" | "timed_out" | "internal" | "unknown";

/**
 * `trace.spans`: what the plugin did on behalf of commands that belong to a trace. Lost ones are not sent again.
 */
export type Spans = { 
/**
 * At most `MAX_SPANS`; more are not read.
 */
spans: Array<Span>, };

/**
 * Something that took time.
 */
export type Span = { 
/**
 * Its own place: `00-<trace id>-<its id>-<flags>`.
 */
traceparent: string, 
/**
 * Sixteen hexadecimal digits: the span that it is a part of.
 */
parent_id: string, 
/**
 * One of a few: the name of a command, or method and first word of one of OpenCode's routes.
 */
name: string, 
/**
 * Microseconds since 1970, by the pod's clock.
 */
start_us: number, end_us: number, session_id?: string | null, 
/**
 * Why it failed, in a word.
 */
error?: string | null, };

/**
 * An event with its position. Positions of one boot are contiguous and begin with 1.
 */
export type EventFrame = { seq: number, session_id: string, 
/**
 * When it happened, in milliseconds since 1970, by the pod's clock.
 */
at: number, 
/**
 * The place in a trace that this came of: what a person last did in the session.
 */
traceparent?: string | null, } & ({ "type": "session.created", session: SessionInfo, } | { "type": "session.updated", session: SessionInfo, } | { "type": "session.deleted", } | { "type": "session.active", } | { "type": "session.idle", } | { "type": "session.retrying", attempt: number, message: string, next_at: number, } | { "type": "session.failed", error: MessageError, aborted: boolean, } | { "type": "message.started", message: MessageInfo, } | { "type": "message.part.streamed", message_id: string, part_id: string, role: Role, kind: PartKind, offset: number, content: string, } | { "type": "message.part.completed", message_id: string, part_id: string, role: Role, kind: PartKind, content: string, 
/**
 * Of reasoning: how long it took.
 */
took_ms?: number | null, } | { "type": "message.part.attached", message_id: string, part_id: string, role: Role, filename: string, mime: string, } | { "type": "message.completed", message: MessageInfo, } | { "type": "tool.executed", message_id: string, call: ToolCall, } | { "type": "agent.milestone", milestone_id: string, kind: string, description: string, details: string, } | { "type": "agent.checks_wanted", wish_id: string, names?: Array<string>, } | { "type": "permission.asked", ask: PermissionAsk, } | { "type": "permission.resolved", permission_id: string, reply: string, by_gateway: boolean, } | { "type": "question.asked", ask: QuestionAsk, } | { "type": "question.resolved", question_id: string, answers?: Array<Array<string>> | null, by_gateway: boolean, } | { "type": "tool.held", held: HeldTool, } | { "type": "tool.unheld", hold_id: string, ran: boolean, } | { "type": "gate.alarmed", alarm: GateAlarm, 
/**
 * What it was, in words.
 */
detail: string, } | { "type": "todo.changed", todos: Array<TodoItem>, } | { "type": "files.changed", files: Array<FileChange>, } | { "type": "session.compacted", } | { "type": "session.stale", });

export type Event = { "type": "session.created", session: SessionInfo, } | { "type": "session.updated", session: SessionInfo, } | { "type": "session.deleted", } | { "type": "session.active", } | { "type": "session.idle", } | { "type": "session.retrying", attempt: number, message: string, next_at: number, } | { "type": "session.failed", error: MessageError, aborted: boolean, } | { "type": "message.started", message: MessageInfo, } | { "type": "message.part.streamed", message_id: string, part_id: string, role: Role, kind: PartKind, offset: number, content: string, } | { "type": "message.part.completed", message_id: string, part_id: string, role: Role, kind: PartKind, content: string, 
/**
 * Of reasoning: how long it took.
 */
took_ms?: number | null, } | { "type": "message.part.attached", message_id: string, part_id: string, role: Role, filename: string, mime: string, } | { "type": "message.completed", message: MessageInfo, } | { "type": "tool.executed", message_id: string, call: ToolCall, } | { "type": "agent.milestone", milestone_id: string, kind: string, description: string, details: string, } | { "type": "agent.checks_wanted", wish_id: string, names?: Array<string>, } | { "type": "permission.asked", ask: PermissionAsk, } | { "type": "permission.resolved", permission_id: string, reply: string, by_gateway: boolean, } | { "type": "question.asked", ask: QuestionAsk, } | { "type": "question.resolved", question_id: string, answers?: Array<Array<string>> | null, by_gateway: boolean, } | { "type": "tool.held", held: HeldTool, } | { "type": "tool.unheld", hold_id: string, ran: boolean, } | { "type": "gate.alarmed", alarm: GateAlarm, 
/**
 * What it was, in words.
 */
detail: string, } | { "type": "todo.changed", todos: Array<TodoItem>, } | { "type": "files.changed", files: Array<FileChange>, } | { "type": "session.compacted", } | { "type": "session.stale", };

/**
 * `ping` and `pong`. A pong carries its ping's nonce.
 */
export type Heartbeat = { nonce: number, };

/**
 * The gateway has taken all events up to this position into its state.
 */
export type Ack = { seq: number, };

/**
 * A frame could not be used. The link stays open.
 */
export type ProtocolError = { code: ProtocolErrorCode, 
/**
 * What was wrong, where, and what would have been right.
 */
message: string, request_id?: string | null, seq?: number | null, 
/**
 * With `event_gap`: the position the gateway waits for. The plugin sends again from there.
 */
expected_seq?: number | null, };

export type ProtocolErrorCode = "not_text" | "not_json" | "wrong_version" | "unknown_type" | "wrong_field" | "too_large" | "wrong_order" | "event_gap" | "unknown_request" | "unknown";

/** What every frame begins with. */
type Envelope = { v: number };

/** Frames that the plugin sends. */
export type PluginFrame = Envelope &
  (
    | ({ type: "hello" } & Hello)
    | EventFrame
    | ({ type: "reply" } & Reply)
    | ({ type: "session.error" } & CommandError)
    | ({ type: "trace.spans" } & Spans)
    | ({ type: "ping" } & Heartbeat)
    | ({ type: "pong" } & Heartbeat)
    | ({ type: "protocol.error" } & ProtocolError)
  );

/** Frames that the gateway sends. */
export type GatewayFrame = Envelope &
  (
    | ({ type: "welcome" } & Welcome)
    | ({ type: "refused" } & Refused)
    | Request
    | ({ type: "ack" } & Ack)
    | ({ type: "ping" } & Heartbeat)
    | ({ type: "pong" } & Heartbeat)
    | ({ type: "protocol.error" } & ProtocolError)
  );

export const PROTOCOL_VERSION = 1;
export const BRIDGE_PATH = "/ws/bridge";

/** Every limit of the link; the reasons stand in docs/protocol.md. */
export const LIMITS = {
  MAX_FRAME_BYTES: 8388608,
  HARD_FRAME_BYTES: 16777216,
  MAX_TOOL_OUTPUT_BYTES: 32768,
  EVENT_WINDOW: 1024,
  EVENT_BACKLOG: 8192,
  MAX_HELLO_SESSIONS: 4000,
  MAX_IN_FLIGHT_COMMANDS: 1024,
  REMEMBERED_REPLIES: 2048,
  STREAM_FLUSH_MS: 50,
  PING_INTERVAL_MS: 10000,
  SILENT_INTERVALS: 3,
  HELLO_TIMEOUT_MS: 10000,
  RECONNECT_FIRST_MS: 1000,
  RECONNECT_MAX_MS: 30000,
  HOLD_MARGIN_MS: 10000,
  MAX_HELD_ARGS_BYTES: 524288,
  MAX_SPANS: 32,
  MAX_CHECK_OUTPUT_BYTES: 131072,
  MAX_CHECK_REPORT_BYTES: 2097152,
  MAX_CHECK_FILE_BYTES: 65536,
  MAX_CHECK_FILES: 200,
} as const;

/** Why a link was closed. */
export const CLOSE = {
  GoingAway: 1001,
  ServiceRestart: 1012,
  IncompatibleVersion: 4002,
  Replaced: 4003,
  Silent: 4004,
  HelloExpected: 4005,
  TooSlow: 4006,
  NameTaken: 4007,
  TooManyPods: 4008,
} as const;

export const COMMAND_NAMES = [
  "session.create",
  "session.message",
  "session.resume",
  "session.retry",
  "session.list",
  "session.messages",
  "session.abort",
  "session.rename",
  "session.fork",
  "session.diff",
  "session.attachment",
  "session.export",
  "session.move",
  "session.hold",
  "hold.release",
  "permission.reply",
  "question.reply",
  "question.complete",
  "directory.open",
  "choices.list",
  "check.look",
  "check.start",
  "check.await",
  "check.stop",
  "check.tell",
] as const;

export const EVENT_NAMES = [
  "session.created",
  "session.updated",
  "session.deleted",
  "session.active",
  "session.idle",
  "session.retrying",
  "session.failed",
  "message.started",
  "message.part.streamed",
  "message.part.completed",
  "message.part.attached",
  "message.completed",
  "tool.executed",
  "agent.milestone",
  "agent.checks_wanted",
  "permission.asked",
  "permission.resolved",
  "question.asked",
  "question.resolved",
  "tool.held",
  "tool.unheld",
  "gate.alarmed",
  "todo.changed",
  "files.changed",
  "session.compacted",
  "session.stale",
] as const;
