// Which tool calls change nothing. Conservative: whatever is not known to only read counts as writing.

const WRITE_TOOLS = new Set(["edit", "write", "patch", "apply_patch", "multiedit"])

const READERS = new Set([
  "ls", "cat", "head", "tail", "wc", "pwd", "echo", "printf", "which", "type", "file", "stat", "du", "df", "tree",
  "grep", "rg", "egrep", "fgrep", "find", "fd", "sort", "uniq", "cut", "tr", "diff", "cmp", "basename", "dirname",
  "realpath", "readlink", "date", "whoami", "id", "uname", "env", "printenv", "true", "false", "test", "cd", "jq", "ps",
])

const GIT_READERS = new Set([
  "status", "log", "diff", "show", "blame", "ls-files", "ls-tree", "rev-parse", "describe", "grep", "shortlog", "cat-file",
])

/** Options with which a reader writes or runs something else. */
const DANGEROUS = /(^|\s)(-exec|-execdir|-ok|-okdir|-delete|-fprint\S*|-fls|--output(=|\s|$)|-o(\s|$)|--exec\S*|-x(\s|$)|-X(\s|$)|--pre(=|\s|$)|-i(\s|$)|--in-place|--ext-diff|--open-files-in-pager\S*|-O\S*)/

export function changesFiles(tool: string, args: Record<string, unknown>): boolean {
  if (WRITE_TOOLS.has(tool)) return true
  if (tool !== "bash") return false
  return typeof args["command"] !== "string" || !isReadOnly(args["command"])
}

/** A command is harmless when each of its parts is, and nothing in it is written by the shell itself. */
export function isReadOnly(command: string): boolean {
  const harmless = command.replace(/\s[12]?>\s?\/dev\/null/g, " ").replace(/2>&1/g, " ")
  if (/[`$<>\\]|\(|\)|\n/.test(harmless)) return false
  return harmless.split(/\|\||&&|;|\||&/).every((part) => isReader(part.trim()))
}

function isReader(part: string): boolean {
  if (part === "") return true
  const words = part.split(/\s+/)
  const name = words[0] ?? ""
  if (DANGEROUS.test(part)) return false
  if (name === "git") return words[1] !== undefined && GIT_READERS.has(words[1])
  if (name === "env") return words.length === 1
  return READERS.has(name)
}
