// What agents may do here before anybody is asked: told in the hello, and shown to people with the session.
import { isForPeople } from "./choices.ts"
import { list } from "./convert.ts"
import { rulesOf } from "./family.ts"
import type { OpenCode } from "./opencode.ts"
import type { EffectivePermissions } from "./protocol.gen.ts"

type Environment = Record<string, string | undefined>

/** What a repository brings, and which of OpenCode's switches keep it out. */
const BROUGHT: [what: string, switches: string[]][] = [
  ["its opencode.json, agents, commands and tools", ["OPENCODE_DISABLE_PROJECT_CONFIG"]],
  ["its skills", ["OPENCODE_DISABLE_EXTERNAL_SKILLS", "OPENCODE_DISABLE_CLAUDE_CODE"]],
]

/** What is worth telling of an agent. */
const ACTIONS = ["edit", "bash", "webfetch", "external_directory"]

/** Directories that are asked for; the others are told like these. */
const MOST_DIRECTORIES = 8

/** Longest wait for all answers of OpenCode: a hello must not hang. */
const PATIENCE_MS = 5_000

/** OpenCode reads its switches so. */
function isOn(value: string | undefined): boolean {
  return value?.toLowerCase() === "true" || value === "1"
}

/** In words for people; empty when nothing of a repository gets into OpenCode. */
export function broughtByRepositories(env: Environment, loaderBlock: boolean): string[] {
  const brought = BROUGHT.filter(([, switches]) => !switches.every((name) => isOn(env[name]))).map(([what]) => what)
  return loaderBlock ? brought : [...brought, "its plugins and packages, which run inside OpenCode"]
}

/** Of one agent. The last rule that fits counts. */
function allowed(agent: Record<string, unknown>): string[] {
  const rules = rulesOf(agent["permission"])
  return ACTIONS.filter((action) => {
    const last = rules.findLast(({ permission: named, pattern }) => (named === action || named === "*") && pattern === "*")
    return last?.action === "allow"
  })
}

/** Of all agents that a person can choose, in the directories that are open. */
export async function unasked(opencode: OpenCode, directories: string[]): Promise<string[]> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const asked = directories.slice(0, MOST_DIRECTORIES).map((directory) => opencode.get<unknown>("/agent", { directory, signal }))
  const agents = (await Promise.all(asked)).flatMap(list).filter(isForPeople)
  const told = agents.map((agent) => ({ name: agent["name"], may: allowed(agent) })).filter(({ may }) => may.length > 0)
  return [...new Set(told.map(({ name, may }) => `${name}: ${may.join(", ")}`))]
}

export type Surroundings = { gate: boolean; env: Environment; loaderBlock: boolean; opencode: OpenCode; directories: string[] }

/** OpenCode may not answer; then nobody knows what it lets agents do, and that is told. */
export async function effective({ gate, env, loaderBlock, opencode, directories }: Surroundings): Promise<EffectivePermissions> {
  const may = await unasked(opencode, directories).catch(() => ["OpenCode did not tell"])
  return { gate, repository: broughtByRepositories(env, loaderBlock), unasked: may }
}
