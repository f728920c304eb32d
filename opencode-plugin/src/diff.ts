// What a session changed, as OpenCode tells it: by the files before and after each turn. Where another session works in the
// same directory at the same time its changes are among them, so there only those files count that the session's own edits
// name.
import { relative, resolve } from "node:path"
import { list } from "./convert.ts"
import { newestFirst } from "./messages.ts"
import { type OcMessage, type OcSession, type OpenCode, OpenCodeError } from "./opencode.ts"
import type { Command, FileChange, ReplyResult } from "./protocol.gen.ts"
import { LIMITS } from "./protocol.gen.ts"
import { session } from "./sessions.ts"
import { asRecord, asString } from "./text.ts"

type Diff = Extract<Command, { type: "session.diff" }>

const EDITS = new Set(["edit", "write", "multiedit", "patch", "apply_patch"])

/** Sub-agents of sub-agents; nobody nests deeper. */
const DEPTH = 5

export async function diff(opencode: OpenCode, { session_id, message_id }: Diff): Promise<ReplyResult> {
  const info = await session(opencode, session_id)
  const messages = message_id ? [] : await collected(opencode, session_id)
  const ids = message_id ? [message_id] : messages.filter((one) => one.info.role === "user").map((one) => one.info.id)
  const all: FileChange[] = []
  for (const messageID of ids) all.push(...(await ofMessage(opencode, session_id, messageID)))
  if (!(await isShared(opencode, info))) return { kind: "diff", files: all }
  const own = await edited(opencode, info, messages)
  return { kind: "diff", files: all.filter(({ path }) => own.has(path)) }
}

/** The oldest first. */
async function collected(opencode: OpenCode, id: string): Promise<OcMessage[]> {
  const messages: OcMessage[] = []
  for await (const one of newestFirst(opencode, id)) messages.push(one)
  return messages.reverse()
}

/** OpenCode tells changes by message only. One that it cannot read has none to tell. */
async function ofMessage(opencode: OpenCode, id: string, messageID: string): Promise<FileChange[]> {
  try {
    return list(await opencode.get<unknown>(`/session/${id}/diff`, { query: { messageID } })).map(fileChange)
  } catch (error) {
    if (error instanceof OpenCodeError && error.status === 400) return []
    throw error
  }
}

function fileChange(one: Record<string, unknown>): FileChange {
  const patch = asString(one["patch"])
  return {
    path: asString(one["file"]) ?? "",
    ...(typeof one["additions"] === "number" ? { additions: one["additions"] } : {}),
    ...(typeof one["deletions"] === "number" ? { deletions: one["deletions"] } : {}),
    ...(patch === undefined ? {} : { patch }),
  }
}

/** Whether another session was at work there while this one was. */
async function isShared(opencode: OpenCode, info: OcSession): Promise<boolean> {
  const { id, directory, time } = info
  const query = { limit: String(LIMITS.MAX_HELLO_SESSIONS) }
  const others = await opencode.get<OcSession[]>("/session", { directory, query })
  const beside = (one: OcSession) => one.time.updated >= time.created && one.time.created <= time.updated
  return others.some((one) => one.id !== id && !one.parentID && one.directory === directory && beside(one))
}

/** Paths below the directory that its own edits name, and those of its sub-agents. */
async function edited(opencode: OpenCode, { id, directory }: OcSession, messages: OcMessage[], depth = DEPTH): Promise<Set<string>> {
  const parts = messages.flatMap((one) => one.parts).filter((part) => part.type === "tool" && EDITS.has(part.tool ?? ""))
  const own = new Set(parts.flatMap(named).map((path) => relative(directory, resolve(directory, path))))
  if (depth === 0) return own
  for (const child of await opencode.get<OcSession[]>(`/session/${id}/children`)) {
    const deeper = await edited(opencode, child, await collected(opencode, child.id), depth - 1)
    for (const path of deeper) own.add(path)
  }
  return own
}

function named({ state }: OcMessage["parts"][number]): string[] {
  if (state?.status !== "completed") return []
  const [input, metadata] = [asRecord(state.input), asRecord(state.metadata)]
  const files = list(metadata["files"]).flatMap((one) => [one["filePath"], one["path"], one["relativePath"], one["movePath"]])
  const paths = [input["filePath"], input["path"], metadata["filepath"], asRecord(metadata["filediff"])["file"], ...files]
  return paths.filter((path) => typeof path === "string" && path !== "") as string[]
}
