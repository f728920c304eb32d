// The tools that the agent gets from us.
import { randomUUID } from "node:crypto"
import { z } from "zod"
import type { ToolDefinition } from "./hooks.ts"
import type { Event } from "./protocol.gen.ts"
import { asString, shorten } from "./text.ts"

const DESCRIPTION = `Report progress to the people who follow this session. Use it when something worth knowing
happened: a plan is ready, a phase is done, tests pass, a decision has been made, or something blocks you.
Do not use it for every small step, and do not wait for an answer to it.`

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
