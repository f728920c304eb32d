// What a session can be started with: the models of the providers that OpenCode can use, and the agents that people talk to.
import { list } from "./convert.ts"
import type { OpenCode } from "./opencode.ts"
import type { OfferedAgent, OfferedModel, ReplyResult } from "./protocol.gen.ts"
import { asRecord, asString, shorten } from "./text.ts"

/** More than this nobody looks through; a provider of everything lists some hundreds. */
const MOST_MODELS = 1_000

/** An open directory is asked about, for OpenCode would load another one otherwise. */
export async function choices(opencode: OpenCode, directory: string | undefined): Promise<ReplyResult> {
  const where = directory === undefined ? {} : { directory }
  const [providers, agents, path] = await Promise.all([
    opencode.get<unknown>("/config/providers", where),
    opencode.get<unknown>("/agent", where),
    opencode.get<unknown>("/path", where),
  ])
  const home = asString(asRecord(path)["home"])
  return {
    kind: "choices",
    models: list(asRecord(providers)["providers"]).flatMap(modelsOf).slice(0, MOST_MODELS),
    agents: list(agents).filter(isForPeople).map(agent),
    ...(home ? { home } : {}),
  }
}

function modelsOf(provider: Record<string, unknown>): OfferedModel[] {
  const id = asString(provider["id"])
  if (!id) return []
  return Object.entries(asRecord(provider["models"])).map(([model, of]) => ({
    provider: id,
    model,
    name: shorten(asString(asRecord(of)["name"]) ?? model, 200),
  }))
}

/** Sub-agents work for other agents, hidden ones for OpenCode itself. */
export function isForPeople(agent: Record<string, unknown>): boolean {
  return agent["mode"] !== "subagent" && agent["hidden"] !== true && typeof agent["name"] === "string"
}

function agent(of: Record<string, unknown>): OfferedAgent {
  return { name: String(of["name"]), description: shorten(asString(of["description"]) ?? "", 300) }
}
