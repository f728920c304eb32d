// Executes the gateway's requests, each at most once: a request that is seen again while it runs, or after it did
// something, gets the same answer.
import { completeQuestion, releaseHeld, replyPermission, replyQuestion } from "./asks.ts"
import { BoundedMap, type SeenOnce } from "./bounded.ts"
import type { Checks } from "./checks.ts"
import { choices } from "./choices.ts"
import { sessionInfo } from "./convert.ts"
import { diff } from "./diff.ts"
import { attachment } from "./attachment.ts"
import { asFailure, CommandFailure } from "./errors.ts"
import type { Holds } from "./holds.ts"
import type { Log } from "./log.ts"
import { move } from "./move.ts"
import type { OpenCode } from "./opencode.ts"
import type { PluginFrame, ReplyResult, Request, Span } from "./protocol.gen.ts"
import { COMMAND_NAMES, LIMITS, PROTOCOL_VERSION } from "./protocol.gen.ts"
import * as sessions from "./sessions.ts"
import { statuses, statusOf } from "./status.ts"
import type { Stops } from "./stops.ts"
import { type Causes, Trace } from "./trace.ts"
import type { Wishes } from "./wishes.ts"

export type Surroundings = {
  opencode(): OpenCode
  holds: Holds
  stops: Stops
  checks: Checks
  wishes: Wishes
  answered: SeenOnce
  /** Text of parts that are being written. */
  running(part: string): string | undefined
  directories(): string[]
  causes: Causes
  /** Spans of a command that is done. */
  spans(spans: Span[]): void
  log: Log
}

export class Commands {
  readonly #answers = new BoundedMap<string, Promise<PluginFrame>>(LIMITS.REMEMBERED_REPLIES)

  constructor(readonly around: Surroundings) {}

  answer(request: Request): Promise<PluginFrame> {
    const known = this.#answers.get(request.request_id)
    if (known) return known
    const answer = this.#attempt(request)
    this.#answers.set(request.request_id, answer)
    return answer
  }

  async #attempt(request: Request): Promise<PluginFrame> {
    const { request_id, type } = request
    const trace = Trace.of(request)
    try {
      // Before it is done: what it makes happen may be told sooner than that it was done.
      if (trace) this.around.causes.note(request, trace)
      const result = await this.#run(request, trace)
      if (trace) this.around.spans(trace.end())
      this.around.log.info("a command is done", { request_id, command: type, session_id: sessionOf(request, result) })
      // Nothing was done, only read: the next time it may read otherwise.
      if (result.kind === "ask" && result.outcome === "not_pending") this.#answers.delete(request_id)
      // Some MiB, which are read again just as well.
      if (result.kind === "attachment" || result.kind === "check" || result.kind === "check_files") this.#answers.delete(request_id)
      return { v: PROTOCOL_VERSION, type: "reply", request_id, result }
    } catch (error) {
      const failure = asFailure(error)
      if (trace) this.around.spans(trace.end(failure.code))
      this.around.log.warn("a command failed", { request_id, command: type, code: failure.code, session_id: sessionOf(request) })
      // What failed may be tried again: only results are remembered.
      this.#answers.delete(request_id)
      return { v: PROTOCOL_VERSION, type: "session.error", request_id, code: failure.code, message: failure.message }
    }
  }

  async #run(request: Request, trace: Trace | undefined): Promise<ReplyResult> {
    const { holds, stops, checks, wishes, answered, running } = this.around
    const opencode = trace ? this.around.opencode().observed(trace.observe) : this.around.opencode()
    switch (request.type) {
      case "session.create": {
        const made = await sessions.create(opencode, request.request_id, request)
        if (made.kind === "session") holds.setMode(made.session.id, request.hold)
        return made
      }
      case "session.message":
        if (!request.no_reply) stops.sent(request.session_id, request.message_id)
        return sessions.send(opencode, request)
      case "session.resume":
        return sessions.resume(opencode, request)
      case "session.retry":
        return sessions.retry(opencode, request)
      case "session.list":
        return this.#list(opencode, request.directory)
      case "session.messages":
        return sessions.readMessages(opencode, request, running)
      case "session.abort": {
        const isOver = stops.stopped(request.session_id)
        const done = await sessions.abort(opencode, request)
        holds.abortSession(request.session_id)
        await isOver
        return done
      }
      case "session.rename":
        return sessions.rename(opencode, request)
      case "session.fork":
        return sessions.fork(opencode, request)
      case "session.diff":
        return diff(opencode, request)
      case "session.attachment":
        return attachment(opencode, request)
      case "session.export":
        return sessions.exportSession(opencode, request)
      case "session.move":
        return move(opencode, holds, request)
      case "session.hold":
        holds.setMode(request.session_id, request.hold)
        return { kind: "done" }
      case "hold.release":
        return releaseHeld(opencode, holds, request)
      case "permission.reply":
        return replyPermission(opencode, answered, request)
      case "question.reply":
        return replyQuestion(opencode, answered, request)
      case "question.complete":
        return completeQuestion(opencode, request)
      case "directory.open":
        await opencode.get("/path", { directory: request.directory })
        return { kind: "done" }
      case "choices.list":
        return choices(opencode, request.directory ?? this.around.directories()[0])
      case "check.look": {
        const { directory } = await sessions.session(opencode, request.session_id)
        return checks.look(request.session_id, directory, request.files)
      }
      case "check.start": {
        const { directory } = await sessions.session(opencode, request.session_id)
        return checks.start(request, directory)
      }
      case "check.await":
        return checks.result(request)
      case "check.stop":
        return checks.stop(request)
      case "check.tell":
        return wishes.heard(request)
      default:
        throw new CommandFailure("unknown_command", `This plugin knows only ${COMMAND_NAMES.join(", ")}.`)
    }
  }

  async #list(opencode: OpenCode, directory: string | null | undefined): Promise<ReplyResult> {
    const found = await sessions.listSessions(opencode, directory)
    const directories = directory ? [directory] : this.around.directories()
    const busy = Object.assign({}, ...(await Promise.all(directories.map((one) => statuses(opencode, one)))))
    const told = found.map((one) => ({ session: sessionInfo(one), status: statusOf(busy[one.id]?.type) }))
    return { kind: "sessions", sessions: told }
  }
}

/** Whose session it is about; of one that is made, whose it became. */
function sessionOf(request: Request, result?: ReplyResult): string | undefined {
  if ("session_id" in request) return request.session_id
  return result?.kind === "session" ? result.session.id : undefined
}
