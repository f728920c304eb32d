// Unified diffs into lines with their numbers.

export interface DiffLine {
  kind: "add" | "remove" | "same" | "gap"
  text: string
  before?: number
  after?: number
}

export interface FileDiff {
  path: string
  lines: DiffLine[]
  additions: number
  deletions: number
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/

export function parseDiff(text: string): FileDiff[] {
  const reader = new DiffReader()
  for (const line of text.split("\n")) reader.read(line)
  return reader.files.filter((file) => file.lines.length > 0)
}

class DiffReader {
  readonly files: FileDiff[] = []
  private file: FileDiff | undefined
  private before = 0
  private after = 0
  /** Lines that the hunk still has: a removed line may look like a header. */
  private beforeLeft = 0
  private afterLeft = 0

  read(line: string) {
    if (this.file && (this.beforeLeft > 0 || this.afterLeft > 0)) return this.inHunk(this.file, line)
    const hunk = HUNK.exec(line)
    if (hunk) return this.beginHunk(hunk)
    if (line.startsWith("--- ")) this.begin(pathOf(line))
    if (line.startsWith("+++ ")) {
      const path = pathOf(line)
      const named = this.file?.lines.length === 0 ? this.file : this.begin(path)
      if (path !== "/dev/null") named.path = path
    }
  }

  private begin(path: string): FileDiff {
    this.file = { path, lines: [], additions: 0, deletions: 0 }
    this.files.push(this.file)
    return this.file
  }

  private beginHunk([, before, beforeCount = "1", after, afterCount = "1", where = ""]: string[]) {
    const file = this.file ?? this.begin("")
    if (file.lines.length > 0) file.lines.push({ kind: "gap", text: where })
    this.before = Number(before)
    this.after = Number(after)
    this.beforeLeft = Number(beforeCount)
    this.afterLeft = Number(afterCount)
  }

  private inHunk(file: FileDiff, line: string) {
    if (line.startsWith("\\")) return
    const text = line.slice(1)
    if (line.startsWith("+")) {
      file.lines.push({ kind: "add", text, after: this.after++ })
      file.additions++
      this.afterLeft--
    } else if (line.startsWith("-")) {
      file.lines.push({ kind: "remove", text, before: this.before++ })
      file.deletions++
      this.beforeLeft--
    } else {
      file.lines.push({ kind: "same", text, before: this.before++, after: this.after++ })
      this.afterLeft--
      this.beforeLeft--
    }
  }
}

function pathOf(line: string): string {
  return line.slice(4).split("\t")[0]!.replace(/^[ab]\//, "").trim()
}
