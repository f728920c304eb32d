// What OpenCode hands to a plugin and takes from it, as far as this one uses it. Written down here because
// the published types lack the events of today (permission.asked, question.asked).

import type { OpenCodeConfig } from "./agents.ts"

/** An event as the `event` hook gets it. */
export type OpenCodeEvent = { type: string; properties: Record<string, unknown> }

export type PluginInput = {
  client: { _client: RawClient }
  directory: string
  serverUrl: URL
}

/** The generated client that OpenCode builds for plugins; only its configuration is used. */
export type RawClient = {
  getConfig(): { baseUrl?: string; headers?: unknown; fetch?: (request: Request) => Promise<Response> }
}

export type ToolContext = { sessionID: string; messageID: string; callID?: string; agent: string; directory: string; abort?: AbortSignal }

export type ToolDefinition = {
  description: string
  args: Record<string, unknown>
  execute(args: Record<string, unknown>, context: ToolContext): Promise<string>
}

export type Hooks = {
  config?: (config: OpenCodeConfig) => Promise<void>
  event?: (input: { event: OpenCodeEvent }) => Promise<void>
  tool?: Record<string, ToolDefinition>
  "tool.execute.before"?: (
    input: { tool: string; sessionID: string; callID: string },
    // Before they are checked: anything that a model made up.
    output: { args: unknown },
  ) => Promise<void>
  /** Before each command, with its session, and before a terminal, without one. */
  "shell.env"?: (input: { cwd: string; sessionID?: string }, output: { env: Record<string, string> }) => Promise<void>
  dispose?: () => Promise<void>
}
