// Takes secrets out of OpenCode's environment before anything that an agent starts can inherit or read them.
//
// `delete process.env.X` alone leaves the value in the process's memory, where terminals inherit it and
// /proc/<pid>/environ shows it. So it is overwritten where the C library has it, and the process says that
// nobody else of the same user may look into it.

/** Nobody but OpenCode's server and this plugin needs them. Model keys stay: OpenCode reads them when it needs them. */
export const SECRETS = ["OPENCODE_SERVER_PASSWORD", "BRIDGE_TOKEN"] as const

export type Taken = Partial<Record<(typeof SECRETS)[number], string>>

/** What of the C library is used. */
export type Memory = {
  /** Overwrites the value, so that nothing of it is left, and takes the variable away. */
  forget(name: string): void
  /** From now on only root may read or trace this process. */
  close(): void
}

/** Returns what it took. */
export function scrub(env: Record<string, string | undefined>, memory: Memory): Taken {
  const taken: Taken = {}
  for (const name of SECRETS) {
    const value = env[name]
    if (value === undefined) continue
    taken[name] = value
    memory.forget(name)
    delete env[name]
  }
  memory.close()
  return taken
}

/** The C library of a Linux; elsewhere nothing, and then `delete` has to do. */
export async function systemMemory(): Promise<Memory> {
  if (!("Bun" in globalThis) || process.platform !== "linux") return { forget: () => {}, close: () => {} }
  const { CString, dlopen, ptr, toArrayBuffer } = await import("bun:ffi")
  const { symbols: c } = dlopen("libc.so.6", {
    getenv: { args: ["ptr"], returns: "ptr" },
    unsetenv: { args: ["ptr"], returns: "i32" },
    prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
  })
  return {
    forget(name) {
      const text = Buffer.from(`${name}\0`)
      const at = c.getenv(ptr(text))
      if (at) new Uint8Array(toArrayBuffer(at, 0, new CString(at).byteLength)).fill(0)
      c.unsetenv(ptr(text))
    },
    close: () => void c.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0),
  }
}

const PR_SET_DUMPABLE = 4
