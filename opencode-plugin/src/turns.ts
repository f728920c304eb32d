// Where a session's newest turn stands: finished, or cut short by OpenCode's death.
import type { OcMessage } from "./opencode.ts"
import type { TurnState } from "./protocol.gen.ts"

/** `undefined` when nobody has written to the session yet. */
export function turnState(messages: OcMessage[]): TurnState | undefined {
  const user = messages.findLastIndex(({ info }) => info.role === "user")
  const last = messages.at(-1)
  const asked = messages[user]
  if (!asked || !last) return undefined
  const finished = messages.slice(user + 1).some(isFinal)
  return { user_message_id: asked.info.id, last_message_id: last.info.id, finished }
}

/** A turn ends with a message that failed, or that the model ended with other words than a tool call. */
function isFinal({ info }: OcMessage): boolean {
  if (info.role !== "assistant") return false
  if (info.error) return true
  return info.time.completed !== undefined && info.finish !== undefined && info.finish !== "tool-calls"
}
