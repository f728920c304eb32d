// A command that failed, as the gateway is told.
import { OpenCodeError } from "./opencode.ts"
import type { ErrorCode } from "./protocol.gen.ts"
import { errorText } from "./text.ts"

export class CommandFailure extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message)
  }
}

/** Any error as a failure with a code. */
export function asFailure(error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error
  if (error instanceof OpenCodeError) {
    if (error.status === 404) return new CommandFailure("session_not_found", error.message)
    return new CommandFailure("opencode_error", error.message)
  }
  if (error instanceof TypeError) return new CommandFailure("opencode_unreachable", errorText(error))
  return new CommandFailure("internal", errorText(error))
}
