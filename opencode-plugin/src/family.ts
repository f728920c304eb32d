// Whose call it is: the sessions above a sub-agent's, and the agents that work in all of them. A sub-agent gets its rules
// from its own definition only, so what an agent above may not do is looked up here.
import { relative, resolve } from "node:path"
import type { Arguments } from "./arguments.ts"
import { BoundedMap } from "./bounded.ts"
import type { OpenCodeEvent } from "./hooks.ts"
import type { OcSession, OpenCode } from "./opencode.ts"
import { asRecord, asString, errorText } from "./text.ts"

export type Family = {
  /** The nearest first; the last is the session that people see. */
  parents: string[]
  /** Of those sessions, or of its own, the first agent whose rules deny the call. */
  deniedBy?: string
}

export type Call = { tool: string; session: string; directory: string; args: Arguments; file?: string | null | undefined }

type Rule = { permission: string; pattern: string; action: string }
type Rules = Map<string, Rule[]>

/** Sessions that are remembered; far more than work at once. */
const SESSIONS = 4_096

/** Sub-agents of sub-agents; nobody nests deeper. */
const DEEPEST = 16

/** Longest wait for one answer of OpenCode. */
const PATIENCE_MS = 10_000

/** Longest wait until OpenCode has told of a call that it is about to run. A busy one tells seconds later. */
const TOLD_LATE_MS = 3_000

/** Agents change with the configuration only, and that begins its directory anew. */
const RULES_LAST_MS = 60_000

/** OpenCode has one permission for all that changes files. */
const PERMISSIONS: Record<string, string> = { write: "edit", edit: "edit", patch: "edit", apply_patch: "edit", multiedit: "edit" }

/** How a call stands that ran, or never will. */
const OVER = new Set(["completed", "error"])

/** The argument that patterns of a permission are about. */
const PATTERNS: Record<string, string> = { webfetch: "url", websearch: "query", task: "subagent_type", skill: "name" }

export class Families {
  /** The session above each session; an empty name is none. */
  readonly #above = new BoundedMap<string, string>(SESSIONS)
  readonly #agents = new BoundedMap<string, string>(SESSIONS)
  /** The message of each call that is not over. */
  readonly #messages = new BoundedMap<string, string>(SESSIONS)
  /** Who waits until OpenCode has told of a call. */
  readonly #waiting = new Map<string, () => void>()
  readonly #rules = new Map<string, { at: number; rules: Promise<Rules> }>()

  constructor(
    readonly opencode: () => OpenCode,
    readonly toldLateMs = TOLD_LATE_MS,
  ) {}

  /** What OpenCode tells by itself need not be asked for. */
  note({ type, properties }: OpenCodeEvent): void {
    const info = asRecord(properties["info"])
    if (type === "session.created") this.#above.set(String(info["id"]), asString(info["parentID"]) ?? "")
    const agent = asString(info["agent"])
    if (type === "message.updated" && info["role"] === "assistant" && agent) this.#agents.set(String(info["sessionID"]), agent)
    if (type === "message.part.updated") this.#noteCall(asRecord(properties["part"]))
  }

  /** Ids of calls repeat, so one that is over is forgotten. */
  #noteCall({ callID, messageID, sessionID, state }: Record<string, unknown>): void {
    if (typeof callID !== "string") return
    const key = `${sessionID} ${callID}`
    if (OVER.has(String(asRecord(state)["status"]))) return void this.#messages.delete(key)
    this.#messages.set(key, String(messageID))
    this.#waiting.get(key)?.()
  }

  /**
   * The message that a call stands in, once OpenCode has told of the call: by then it has told of the words before it, too.
   * It calls the hook on another way than it tells what happens, and neither waits for the other.
   */
  async message(session: string, call: string): Promise<string | undefined> {
    const key = `${session} ${call}`
    if (!this.#messages.has(key)) await this.#told(key)
    return this.#messages.get(key)
  }

  async #told(key: string): Promise<void> {
    const before = this.#waiting.get(key)
    let timer: ReturnType<typeof setTimeout> | undefined
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.toldLateMs)
      this.#waiting.set(key, () => (before?.(), resolve()))
    })
    clearTimeout(timer)
    this.#waiting.delete(key)
  }

  forget(directory: string): void {
    this.#rules.delete(directory)
  }

  /** Throws when OpenCode does not say: a call that belongs to nobody knows whom does not run. */
  async of(call: Call): Promise<Family> {
    try {
      const parents = await this.#parents(call.session)
      const rules = await this.#rulesIn(call.directory)
      for (const session of [call.session, ...parents]) {
        const agent = await this.#agent(session)
        if (agent !== undefined && isDenied(rules.get(agent), call, session !== call.session)) return { parents, deniedBy: agent }
      }
      return { parents }
    } catch (error) {
      throw new Error(`OpenCode did not tell whose call this is (${errorText(error)}), so it did not run. Try again.`)
    }
  }

  /** The session that people see: the last of those above it, or the session itself. */
  async root(session: string): Promise<string> {
    return (await this.#parents(session)).at(-1) ?? session
  }

  async #parents(session: string): Promise<string[]> {
    const parents: string[] = []
    let above = await this.#parent(session)
    while (above !== "") {
      if (parents.length >= DEEPEST) throw new Error("the sessions above it have no end")
      parents.push(above)
      above = await this.#parent(above)
    }
    return parents
  }

  async #parent(session: string): Promise<string> {
    const known = this.#above.get(session)
    if (known !== undefined) return known
    const { parentID } = await this.#session(session)
    this.#above.set(session, parentID ?? "")
    return parentID ?? ""
  }

  async #agent(session: string): Promise<string | undefined> {
    return this.#agents.get(session) ?? (await this.#session(session)).agent
  }

  #session(id: string): Promise<OcSession> {
    return this.opencode().get<OcSession>(`/session/${id}`, { signal: AbortSignal.timeout(PATIENCE_MS) })
  }

  #rulesIn(directory: string): Promise<Rules> {
    const known = this.#rules.get(directory)
    if (known && Date.now() - known.at < RULES_LAST_MS) return known.rules
    const rules = rulesIn(this.opencode(), directory)
    this.#rules.set(directory, { at: Date.now(), rules })
    rules.catch(() => this.#rules.delete(directory))
    return rules
  }
}

async function rulesIn(opencode: OpenCode, directory: string): Promise<Rules> {
  const agents = await opencode.get<Record<string, unknown>[]>("/agent", { directory, signal: AbortSignal.timeout(PATIENCE_MS) })
  return new Map(agents.map((agent) => [String(agent["name"]), rulesOf(agent["permission"])]))
}

/** Of an agent, as OpenCode lists it. */
export function rulesOf(permission: unknown): Rule[] {
  return Array.isArray(permission) ? (permission as Rule[]) : []
}

/** What is denied to the agent itself, or, `above` it, to one that handed the work out. */
export function isDenied(rules: Rule[] | undefined, { tool, directory, args, file }: Call, above: boolean): boolean {
  // It only tells the agent what was wrong with a call.
  if (tool === "invalid") return false
  const permission = PERMISSIONS[tool] ?? tool
  // One that does nothing but hand out work denies itself all else, and its sub-agents read for it all the same.
  const counts = ({ permission: named }: Rule) => !above || named !== "*" || permission === "edit" || permission === "bash"
  const own = (rules ?? []).filter((rule) => fits(rule.permission, permission) && counts(rule))
  const files = (file ? [file] : patched(args)).map((one) => below(one, directory))
  if (files.length > 0) return files.some((one) => own.findLast(({ pattern }) => fits(pattern, one))?.action === "deny")
  const named = asString(args[PATTERNS[tool] ?? ""])
  if (named !== undefined) return own.findLast(({ pattern }) => fits(pattern, named))?.action === "deny"
  // A command is many to OpenCode, so it is denied here only where all of them are.
  const all = own.findLastIndex(({ pattern }) => pattern === "*")
  return all >= 0 && own.slice(all).every(({ action }) => action === "deny")
}

/** The files that a patch names. */
function patched(args: Arguments): string[] {
  const patch = asString(args["patchText"]) ?? ""
  return [...patch.matchAll(/^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+)$/gm)].map(([, file]) => file!.trim())
}

function below(file: string, directory: string): string {
  return relative(directory, resolve(directory, file))
}

/** `*` stands for anything, `?` for one character. */
function fits(pattern: string, text: string): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")
  return new RegExp(`^${source}$`, "s").test(text)
}
