// What is in a file of a message, for people who look at it.
import { CommandFailure } from "./errors.ts"
import { type OcMessage, type OpenCode, OpenCodeError } from "./opencode.ts"
import type { Command, ReplyResult } from "./protocol.gen.ts"
import { LIMITS } from "./protocol.gen.ts"

/** Room left in a frame for what surrounds the content. */
const CONTENT_BYTES = LIMITS.MAX_FRAME_BYTES - 64 * 1024

const DATA = /^data:([^,]*),/

export async function attachment(
  opencode: OpenCode,
  { session_id, message_id, part_id }: Extract<Command, { type: "session.attachment" }>,
): Promise<ReplyResult> {
  const message = await find(opencode, `/session/${session_id}/message/${message_id}`)
  const part = message?.parts.find(({ id, type }) => id === part_id && type === "file")
  if (!part) throw new CommandFailure("message_not_found", "OpenCode no longer has this file.")
  const content = contentOf(part.url ?? "")
  if (content.length > CONTENT_BYTES) throw new CommandFailure("too_large", "This file is too large to show here; open the session in OpenCode.")
  return { kind: "attachment", filename: part.filename ?? "", mime: part.mime ?? "", content }
}

/** An id of another shape than its own is one that OpenCode does not have either. */
async function find(opencode: OpenCode, path: string): Promise<OcMessage | undefined> {
  try {
    return await opencode.find<OcMessage>(path)
  } catch (error) {
    if (error instanceof OpenCodeError && error.status === 400) return undefined
    throw error
  }
}

/** As base64. What the message only points to stays where it is: a file of the pod's disk may be anything by now. */
function contentOf(url: string): string {
  const head = DATA.exec(url)
  if (!head) throw new CommandFailure("message_not_found", "The message only refers to this file; its content is not stored with the message.")
  const data = url.slice(head[0].length)
  return /;base64$/i.test(head[1]!) ? data : Buffer.from(decodeURIComponent(data), "utf8").toString("base64")
}
