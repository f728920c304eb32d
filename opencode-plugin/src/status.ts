// Whether a session works right now, in OpenCode's own words.
import type { OpenCode } from "./opencode.ts"
import type { SessionStatus } from "./protocol.gen.ts"

type Statuses = Record<string, { type: string }>

/** The sessions of a directory that are not idle. */
export function statuses(opencode: OpenCode, directory: string, signal?: AbortSignal): Promise<Statuses> {
  return opencode.get<Statuses>("/session/status", { directory, ...(signal ? { signal } : {}) })
}

export async function isBusy(opencode: OpenCode, session: string, directory: string): Promise<boolean> {
  const status = (await statuses(opencode, directory))[session]
  return status !== undefined && status.type !== "idle"
}

export function statusOf(name: string | undefined): SessionStatus {
  if (name === undefined || name === "idle") return "idle"
  return name === "busy" || name === "retry" ? name : "unknown"
}
