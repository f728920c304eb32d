// Which of the changed files a name in a text means.
import type { FileChange } from "../api/types.gen.ts"

/** Behind a name: a line, or a line and a column. */
const LINE = /(?::\d+(?::\d+)?|#L\d+(?:-L?\d+)?)$/

/** Finds the path that a name means: whole, or its end if no other changed file ends so. */
export function finder(files: readonly Pick<FileChange, "path">[], directory: string): (name: string) => string | undefined {
  const byEnd = new Map<string, string | undefined>()
  for (const { path } of files) {
    for (const end of ends(path)) byEnd.set(end, byEnd.has(end) ? undefined : path)
  }
  // A whole path is never in doubt.
  for (const { path } of files) byEnd.set(path, path)
  return (name) => byEnd.get(plain(name, directory))
}

function ends(path: string): string[] {
  const parts = path.split("/")
  return parts.map((_, from) => parts.slice(from).join("/"))
}

function plain(name: string, directory: string): string {
  const whole = name.trim().replace(LINE, "").replace(/^\.\//, "")
  return whole.startsWith(`${directory}/`) ? whole.slice(directory.length + 1) : whole
}
