// Answers to permissions and questions.
//
// OpenCode's routes alone do not tell the truth: the ask of an aborted turn stays in the list and takes an
// answer that does nothing, and a 404 may mean "answered" as well as "gone". So it is read back before and
// after: is the ask in the list, does its session still work, what became of the tool call.
import { toolCall } from "./convert.ts"
import { CommandFailure } from "./errors.ts"
import { newestTurn } from "./messages.ts"
import type { Holds } from "./holds.ts"
import { OpenCodeError, type OpenCode, type OcMessage, type OcSession } from "./opencode.ts"
import type { AskTool, Command, PermissionReply, ReplyResult, ToolCall } from "./protocol.gen.ts"
import type { SeenOnce } from "./bounded.ts"
import { session } from "./sessions.ts"
import { isBusy } from "./status.ts"
import { turnState } from "./turns.ts"

type Asked = { session_id: string; directory: string; tool?: AskTool | null | undefined }

export async function replyPermission(
  opencode: OpenCode,
  answered: SeenOnce,
  command: Asked & { permission_id: string } & PermissionReply,
): Promise<ReplyResult> {
  const body = command.reply === "reject" ? { reply: "reject", message: reason(command.message) } : { reply: command.reply }
  return answer(opencode, answered, command, "permission", command.permission_id, body)
}

export async function replyQuestion(
  opencode: OpenCode,
  answered: SeenOnce,
  command: Asked & { question_id: string; answers: string[][] },
): Promise<ReplyResult> {
  return answer(opencode, answered, command, "question", command.question_id, { answers: command.answers })
}

/** Lets a held call run, or refuses it; of one that is not held any more it is told what became of it. */
export async function releaseHeld(opencode: OpenCode, holds: Holds, command: Extract<Command, { type: "hold.release" }>): Promise<ReplyResult> {
  const { hold_id, verdict, session_id, tool } = command
  if (holds.release(hold_id, verdict)) return { kind: "ask", outcome: "applied" }
  const found = tool ? await opencode.find<OcSession>(`/session/${session_id}`) : undefined
  if (!found) return { kind: "ask", outcome: "not_pending", interrupted: false }
  return notPending(opencode, { session_id, directory: found.directory, tool })
}

/** Without words OpenCode would end the turn and reject the session's other asks. */
function reason(message: string): string {
  return message.trim() === "" ? "A person denied this." : message
}

async function answer(
  opencode: OpenCode,
  answered: SeenOnce,
  asked: Asked,
  kind: "permission" | "question",
  id: string,
  body: unknown,
): Promise<ReplyResult> {
  const { directory } = asked
  const pending = await opencode.get<{ id: string }[]>(`/${kind}`, { directory })
  if (!pending.some((one) => one.id === id)) return notPending(opencode, asked)
  if (!(await isBusy(opencode, asked.session_id, directory))) return notPending(opencode, asked)
  // Known before the event of it arrives.
  answered.first(id)
  try {
    await opencode.post(`/${kind}/${id}/reply`, { directory, body })
  } catch (error) {
    if (error instanceof OpenCodeError && error.status === 404) return notPending(opencode, asked)
    throw error
  }
  return { kind: "ask", outcome: "applied" }
}

/** What OpenCode knows of the call that the ask belonged to. */
async function notPending(opencode: OpenCode, asked: Asked): Promise<ReplyResult> {
  const call = await findCall(opencode, asked.session_id, asked.tool)
  const open = call === undefined || call.status === "running" || call.status === "pending"
  const interrupted = open && (await isInterrupted(opencode, asked))
  return { kind: "ask", outcome: "not_pending", ...(call ? { tool: call } : {}), interrupted }
}

async function findCall(opencode: OpenCode, session: string, tool: AskTool | null | undefined): Promise<ToolCall | undefined> {
  if (!tool) return undefined
  const message = await opencode.find<OcMessage>(`/session/${session}/message/${tool.message_id}`)
  const part = message?.parts.find((one) => one.type === "tool" && one.callID === tool.call_id)
  return part ? toolCall(part) : undefined
}

async function isInterrupted(opencode: OpenCode, { session_id, directory }: Asked): Promise<boolean> {
  if (await isBusy(opencode, session_id, directory)) return false
  if (!(await opencode.find(`/session/${session_id}`))) return false
  return turnState(await newestTurn(opencode, session_id))?.finished === false
}

/** Writes the answers into a question that OpenCode's death interrupted, as OpenCode itself would have. */
export async function completeQuestion(
  opencode: OpenCode,
  command: Extract<Command, { type: "question.complete" }>,
): Promise<ReplyResult> {
  const { session_id, tool, questions, answers } = command
  const path = `/session/${session_id}/message/${tool.message_id}`
  const message = await opencode.find<OcMessage>(path)
  const part = message?.parts.find((one) => one.type === "tool" && one.callID === tool.call_id)
  if (!part) throw new CommandFailure("message_not_found", `OpenCode has no call ${tool.call_id} in this session.`)
  if (part.state?.status === "completed") return { kind: "done" }
  // The turn was taken up already: the model asks again, and is not to be told twice.
  const { directory } = await session(opencode, session_id)
  if (await isBusy(opencode, session_id, directory)) {
    throw new CommandFailure("busy", "The session is working again; the question is answered when it is asked again.")
  }
  const said = questions.map((question, n) => `"${question}"="${(answers[n] ?? []).join(", ")}"`).join(", ")
  const start = part.state?.time?.start ?? message?.info.time.created ?? 0
  const state = {
    status: "completed",
    input: part.state?.input ?? {},
    output: `User has answered your questions: ${said}. Continue with these answers in mind.`,
    title: `Asked ${questions.length} question${questions.length === 1 ? "" : "s"}`,
    metadata: { answers },
    time: { start, end: Math.max(start, Date.now()) },
  }
  await opencode.patch(`${path}/part/${part.id}`, { body: { ...part, state } })
  return { kind: "done" }
}
