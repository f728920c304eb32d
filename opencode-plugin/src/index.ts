// OpenCode calls every export of this file as a plugin: there is this one, and nothing else may be added.
import { server } from "./plugin.ts"

export default { id: "opencode-gateway", server }
