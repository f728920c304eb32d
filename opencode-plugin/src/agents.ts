// The agents that routing suggests, offered to OpenCode through its configuration. What a person says of an agent of
// the same name, in a file or in the configuration, wins field by field; `disable: true` takes it away.

type Rule = "allow" | "ask" | "deny"

export type AgentConfig = {
  description?: string
  mode?: "primary" | "subagent" | "all"
  prompt?: string
  permission?: Permissions
  [field: string]: unknown
}

type Permissions = Record<string, Rule | Record<string, Rule>>

/** OpenCode's configuration, as far as it is used. */
export type OpenCodeConfig = { shell?: string; agent?: Record<string, AgentConfig | undefined>; permission?: Permissions | Rule }

/** The last rule that matches counts. Nothing runs without being asked for: patterns cannot see a redirection. */
const ASK_ALL = { "*": "ask" } as const

/** Texts only; everything else of the repository stays as it is. */
const TEXTS = { "*": "deny", "*.md": "ask", "docs/*": "ask", ".ai/*": "ask" } as const

const MILESTONES =
  "Report with the milestone tool when a phase begins or ends. Ask with the question tool when the task leaves something open that changes the result."

export const AGENTS: Record<string, AgentConfig> = {
  architect: {
    description: "Designs: structure, decisions, trade-offs. Writes documents, no code.",
    mode: "primary",
    permission: { edit: TEXTS, bash: ASK_ALL, webfetch: "ask" },
    prompt: [
      "You are the architect of this project. Read how the code is built before you propose anything.",
      "Give at least two ways to do it, with what each costs and what it makes hard later, then recommend one.",
      "Write decisions down as short pages below docs/: what was chosen, why, and its price. You change no code.",
      MILESTONES,
    ].join("\n"),
  },
  pm: {
    description: "Plans: requirements, stories, priorities. Writes documents, no code.",
    mode: "primary",
    permission: { edit: TEXTS, bash: ASK_ALL, webfetch: "ask" },
    prompt: [
      "You are the product manager of this project. Find out who needs what, and what it is worth to them.",
      "Write requirements that can be checked, and stories small enough for a day, each with acceptance criteria.",
      "Say what is out of scope. Put documents below docs/ or .ai/. You change no code.",
      MILESTONES,
    ].join("\n"),
  },
  builder: {
    description: "Builds: code with its tests, in small steps.",
    mode: "primary",
    permission: { edit: "ask", bash: ASK_ALL, webfetch: "ask" },
    prompt: [
      "You are a builder. Read the code around a change first and follow its habits.",
      "Work in small steps; each has a test that fails without it. Run the tests before you say that something works.",
      "Commit whole steps with a sentence that says why. Never push, and never write outside this directory.",
      MILESTONES,
    ].join("\n"),
  },
  "party-mode": {
    description: "Discusses: several views on a question, one after the other. Changes nothing.",
    mode: "primary",
    permission: { edit: "deny", bash: "deny", webfetch: "ask" },
    prompt: [
      "You lead a round of an architect, a product manager, a builder and a tester. Let each speak in turn under its name.",
      "They disagree where they honestly would, and answer each other. End with what they agree on, what stays open, and the next step.",
      "You change nothing; you may read.",
      MILESTONES,
    ].join("\n"),
  },
}

/** What OpenCode asks for by itself, though the gate has judged the call. One rule for everything must never stand here. */
const GATE_ASKS = { external_directory: "allow", doom_loop: "allow" } as const

/** Called by OpenCode once its configuration is read, with the agents of a person's files already in it. */
export function offerAgents(config: OpenCodeConfig, gate = false): void {
  const own = (config.agent ??= {})
  for (const [name, agent] of Object.entries(AGENTS)) own[name] = { ...(gate ? unasked(agent) : agent), ...own[name] }
  if (gate && typeof config.permission !== "string") config.permission = { ...GATE_ASKS, ...config.permission }
}

/** The gate asks in OpenCode's place. What is denied stays so: it is the second wall. */
function unasked(agent: AgentConfig): AgentConfig {
  const rule = (one: Rule): Rule => (one === "ask" ? "allow" : one)
  const rules = (all: Rule | Record<string, Rule>) => (typeof all === "string" ? rule(all) : mapped(all, rule))
  return { ...agent, permission: mapped(agent.permission ?? {}, rules) }
}

function mapped<From, To>(all: Record<string, From>, each: (one: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, each(one)]))
}
