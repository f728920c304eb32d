// What OpenCode calls once per directory.
import { offerAgents } from "./agents.ts"
import { Bridge } from "./bridge.ts"
import type { Hooks, PluginInput } from "./hooks.ts"
import { checksTool, milestoneTool } from "./tools.ts"

/** The process-wide place of the one bridge. */
const PLACE = Symbol.for("opencode-gateway.bridge.v1")

/** Time for the last frames to leave. */
const FAREWELL_MS = 200

type Places = { [PLACE]?: Bridge }

function bridge(): Bridge {
  const places = globalThis as Places
  const known = places[PLACE]
  if (known) return known
  const made = new Bridge()
  places[PLACE] = made
  // OpenCode tells plugins nothing when it is stopped.
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => leave(made, signal))
  return made
}

/** Listening to a signal keeps it from ending the process, so it is sent again once the farewell is out. */
function leave(one: Bridge, signal: NodeJS.Signals): void {
  one.stop()
  setTimeout(() => process.kill(process.pid, signal), FAREWELL_MS)
}

export const server = async (input: PluginInput): Promise<Hooks> => {
  const { directory } = input
  const one = bridge()
  one.register(input)
  return {
    config: async (config) => {
      one.configured(config)
      offerAgents(config, one.isGate)
    },
    event: async ({ event }) => one.event(event, directory),
    tool: {
      milestone: milestoneTool((session, event) => one.tell(session, event)),
      run_checks: checksTool((session, names, stopped) => one.wantChecks(session, names, stopped)),
    },
    // The arguments themselves, not a copy: they are frozen when the gate lets the call through.
    "tool.execute.before": ({ tool, sessionID, callID }, { args }) =>
      one.hold({ tool, session: sessionID, call: callID, directory, args }),
    "shell.env": ({ sessionID }, { env }) => one.commandFor(env, sessionID, directory),
    dispose: async () => one.forget(directory),
  }
}
