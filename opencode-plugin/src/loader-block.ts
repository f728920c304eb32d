// Keeps a repository's code out of OpenCode's process.
//
// OpenCode imports what lies in a repository's `.opencode/plugin`, and packages that its `opencode.json` names, whatever its
// switches say. So every module from a file that is not the operator's is replaced by one sentence. It must be in place
// before OpenCode touches a repository: this runs when the plugin's own module is loaded.
import os from "node:os"
import path from "node:path"

/** What of Bun is used; elsewhere (in tests) there is none. */
export type ModuleLoader = {
  plugin(about: { name: string; setup(build: Build): void }): void
}
type Build = { onLoad(which: { filter: RegExp }, load: (file: { path: string }) => Loaded): void }
type Loaded = { contents: string; loader: "js" }

/** Further folders whose plugins are the operator's own, with colons between them. */
export const FOLDERS = "GATEWAY_PLUGIN_FOLDERS"

export function blockForeignModules(loader: ModuleLoader, own: readonly string[]): void {
  loader.plugin({
    name: "opencode-gateway",
    setup: (build) => build.onLoad({ filter: foreign(own) }, ({ path: file }) => ({ contents: refusal(file), loader: "js" })),
  })
}

/**
 * Files on disk that are nobody's of these. What is inside of OpenCode's binary has other names. What should load must not
 * fit at all: Bun takes no "as it is" from whoever loads. A path with steps that lead back is not what it begins with.
 */
function foreign(own: readonly string[]): RegExp {
  const named = own.map((folder) => folder.replace(/\/+$/, "")).filter((folder) => folder !== "")
  // The root is nobody's folder: whoever names it, or nothing, has named none.
  const folders = named.length > 0 ? named.map((folder) => folder.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")) : ["(?!)"]
  const back = String.raw`(?:[^]*\/)?\.\.(?:\/|$)`
  return new RegExp(String.raw`^(?=\/)(?!\/\$bunfs\/)(?!(?:${folders.join("|")})\/(?!${back}))`)
}

/** The plugin's own folder, OpenCode's own configuration (agents cannot write it), and what the operator names. */
export function ownFolders(ours: string, env: Record<string, string | undefined>): string[] {
  const home = os.homedir()
  const configuration = [env["XDG_CONFIG_HOME"] || path.join(home, ".config")].map((folder) => path.join(folder, "opencode"))
  const named = (env[FOLDERS] ?? "").split(":").filter((folder) => path.isAbsolute(folder))
  return [ours, ...configuration, path.join(home, ".opencode"), "/etc/opencode", ...named]
}

function refusal(file: string): string {
  const sentence = `${file} is not loaded into OpenCode: it is not the operator's. If it is, name its folder in ${FOLDERS}.`
  return `throw new Error(${JSON.stringify(sentence)})`
}
