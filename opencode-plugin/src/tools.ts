// The tools that the agent gets from us.
import { randomUUID } from "node:crypto"
import { z } from "zod"
import type { ToolDefinition } from "./hooks.ts"
import type { Event } from "./protocol.gen.ts"
import { asString, shorten } from "./text.ts"

const DESCRIPTION = `Report progress to the people who follow this session. Use it when something worth knowing
happened: a plan is ready, a phase is done, tests pass, a decision has been made, or something blocks you.
Do not use it for every small step, and do not wait for an answer to it.`

const CHECKS = `Run the checks that this project has configured, such as its tests, and get the results. What they run is fixed
by the project; you can only choose which. Use it before you say that something works. It may take minutes.`

/** Names of checks are short, and there are few. */
const MOST_NAMES = 10
const LONGEST_NAME = 128

export function checksTool(want: (session: string, names: string[], stopped?: AbortSignal) => Promise<string>): ToolDefinition {
  return {
    description: CHECKS,
    args: {
      names: z.array(z.string()).optional().describe("Names of checks. Without them all that are configured"),
    },
    execute: async (args, context) => {
      const given = Array.isArray(args["names"]) ? args["names"] : []
      const names = given.flatMap((name) => asString(name) ?? []).map((name) => shorten(name, LONGEST_NAME))
      return want(context.sessionID, names.slice(0, MOST_NAMES), context.abort)
    },
  }
}

export function milestoneTool(tell: (session: string, event: Event) => void): ToolDefinition {
  return {
    description: DESCRIPTION,
    args: {
      kind: z.string().describe("One word: plan, phase, tests, decision, blocked, done"),
      description: z.string().describe("One sentence that stands for itself"),
      details: z.string().optional().describe("What else a person should know; Markdown"),
    },
    execute: async (args, context) => {
      tell(context.sessionID, {
        type: "agent.milestone",
        milestone_id: `mil_${randomUUID()}`,
        kind: shorten(asString(args["kind"]) ?? "progress", 64),
        description: shorten(asString(args["description"]) ?? "", 1024),
        details: shorten(asString(args["details"]) ?? "", 16_384),
      })
      return "Reported. Continue."
    },
  }
}
