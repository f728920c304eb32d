// OpenCode's shapes -> the protocol's. Pure. Nothing in here may throw on a shape of a newer OpenCode.
import type { OcMessage, OcMessageInfo, OcPart, OcSession } from "./opencode.ts"
import type { MessageInfo, PartView, PermissionAsk, QuestionAsk, Role, SessionInfo, ToolCall, ToolStatus } from "./protocol.gen.ts"
import { LIMITS } from "./protocol.gen.ts"
import { asRecord, asString, shorten } from "./text.ts"

/** Ids of messages that came through the gateway begin with this. */
export const GATEWAY_MESSAGE = "msg_gw"

/** Longest text of one part in a frame. */
const MAX_TEXT = LIMITS.MAX_FRAME_BYTES / 8

export function sessionInfo(session: OcSession): SessionInfo {
  return {
    id: session.id,
    title: session.title ?? "",
    directory: session.directory ?? "",
    ...(session.parentID ? { parent_id: session.parentID } : {}),
    ...(session.agent ? { agent: session.agent } : {}),
    ...(session.model ? { model: { provider: session.model.providerID, model: session.model.id } } : {}),
    created_at: session.time?.created ?? 0,
    updated_at: session.time?.updated ?? 0,
    ...(session.time?.archived ? { archived: true } : {}),
  }
}

export function role(name: string | undefined): Role {
  return name === "user" || name === "assistant" ? name : "unknown"
}

export function messageInfo(info: OcMessageInfo): MessageInfo {
  const provider = info.model?.providerID ?? info.providerID
  const model = info.model?.modelID ?? info.modelID
  return {
    id: info.id,
    role: role(info.role),
    ...(info.parentID ? { parent_id: info.parentID } : {}),
    ...(info.agent ? { agent: info.agent } : {}),
    ...(provider && model ? { model: { provider, model } } : {}),
    created_at: info.time?.created ?? 0,
    ...(info.time?.completed ? { completed_at: info.time.completed } : {}),
    ...(info.finish ? { finish: info.finish } : {}),
    ...(info.error ? { error: messageError(info.error) } : {}),
    ...(info.tokens ? { tokens: tokens(info.tokens) } : {}),
    ...(info.cost === undefined ? {} : { cost: info.cost }),
    ...(info.id.startsWith(GATEWAY_MESSAGE) ? { from_gateway: true } : {}),
  }
}

export function messageError(error: unknown): { name: string; message: string } {
  const { name, data } = asRecord(error)
  const message = asString(asRecord(data)["message"]) ?? asString(name) ?? "unknown error"
  return { name: asString(name) ?? "UnknownError", message: shorten(message, 4096) }
}

function tokens(given: NonNullable<OcMessageInfo["tokens"]>) {
  return {
    input: given.input ?? 0,
    output: given.output ?? 0,
    reasoning: given.reasoning ?? 0,
    cache_read: given.cache?.read ?? 0,
  }
}

/** A message with its parts. `running` knows the text of parts that OpenCode has not stored yet. */
export function message({ info, parts }: OcMessage, running: (part: string) => string | undefined): MessageInfo {
  const shown = parts.map((part) => partView(part, running)).filter((part) => part !== undefined)
  return { ...messageInfo(info), parts: shown }
}

function partView(part: OcPart, running: (part: string) => string | undefined): PartView | undefined {
  switch (part.type) {
    case "text":
    case "reasoning": {
      if (part.synthetic) return { kind: "other", id: part.id, name: "synthetic" }
      const stored = part.text ?? ""
      const live = running(part.id) ?? ""
      return { kind: part.type, id: part.id, text: shorten(live.length > stored.length ? live : stored, MAX_TEXT), ...thinkingTime(part) }
    }
    case "tool":
      return { kind: "tool", ...toolCall(part) }
    case "file":
      return { kind: "file", id: part.id, filename: part.filename ?? "", mime: part.mime ?? "" }
    case "step-start":
    case "step-finish":
      return undefined
    default:
      return { kind: "other", id: part.id, name: String(part.type) }
  }
}

/** How long the model thought; of what it says nobody asks. */
export function thinkingTime({ type, time }: Pick<OcPart, "type" | "time">): { took_ms?: number } {
  if (type !== "reasoning" || time?.start === undefined || time.end === undefined) return {}
  return { took_ms: Math.max(0, Math.round(time.end - time.start)) }
}

function toolStatus(name: string | undefined): ToolStatus {
  return name === "pending" || name === "running" || name === "completed" || name === "error" ? name : "unknown"
}

export function toolCall(part: OcPart): ToolCall {
  const state = part.state ?? { status: "unknown" }
  const input = asRecord(state.input)
  const metadata = asRecord(state.metadata)
  const file = asString(input["filePath"]) ?? asString(metadata["filepath"]) ?? asString(input["path"])
  const command = asString(input["command"])
  const output = asString(state.output)
  const diff = asString(metadata["diff"])
  return {
    part_id: part.id,
    call_id: part.callID ?? "",
    tool: part.tool ?? "unknown",
    status: toolStatus(state.status),
    ...(state.title ? { title: shorten(state.title, 1024) } : {}),
    ...(file ? { file } : {}),
    ...(command ? { command: shorten(command, LIMITS.MAX_TOOL_OUTPUT_BYTES) } : {}),
    ...(output === undefined ? {} : { output: shorten(output, LIMITS.MAX_TOOL_OUTPUT_BYTES) }),
    ...(state.error ? { error: shorten(state.error, LIMITS.MAX_TOOL_OUTPUT_BYTES) } : {}),
    ...(diff === undefined ? {} : { diff: shorten(diff, LIMITS.MAX_TOOL_OUTPUT_BYTES) }),
    ...(state.time?.start ? { started_at: state.time.start } : {}),
    ...(state.time?.end ? { ended_at: state.time.end } : {}),
    ...(state.status === "completed" && Number.isInteger(metadata["exit"]) ? { exit_code: Number(metadata["exit"]) } : {}),
    // While a shell command waits for its permission OpenCode has no metadata of it; once it runs, it has.
    ...(state.status === "completed" || metadata["output"] !== undefined ? { began: true } : {}),
  }
}

export function permissionAsk(asked: Record<string, unknown>, directory: string): PermissionAsk {
  return {
    id: String(asked["id"]),
    session_id: String(asked["sessionID"]),
    directory,
    permission: asString(asked["permission"]) ?? "unknown",
    patterns: strings(asked["patterns"]),
    always: strings(asked["always"]),
    metadata: asRecord(asked["metadata"]),
    ...askTool(asked["tool"]),
  }
}

export function questionAsk(asked: Record<string, unknown>, directory: string): QuestionAsk {
  return {
    id: String(asked["id"]),
    session_id: String(asked["sessionID"]),
    directory,
    questions: list(asked["questions"]).map((one) => ({
      question: asString(one["question"]) ?? "",
      header: asString(one["header"]) ?? "",
      options: list(one["options"]).map((option) => ({
        label: asString(option["label"]) ?? "",
        description: asString(option["description"]) ?? "",
      })),
      multiple: one["multiple"] === true,
      custom: one["custom"] !== false,
    })),
    ...askTool(asked["tool"]),
  }
}

function askTool(tool: unknown) {
  const { messageID, callID } = asRecord(tool)
  return typeof messageID === "string" && typeof callID === "string"
    ? { tool: { message_id: messageID, call_id: callID } }
    : {}
}

export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : []
}

export function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(asRecord) : []
}
