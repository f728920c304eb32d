// What a call would change in a file, for people: what stays the same at the beginning and at the end is left out, and
// what is between stands there whole. Not the smallest difference, but never less than all of it.
import type { Arguments } from "./arguments.ts"
import { LIMITS } from "./protocol.gen.ts"
import { asString, byteLength } from "./text.ts"

/** Unchanged lines shown around a change. */
const AROUND = 3

/** `before` reads the file as it is now: undefined when there is none. */
export async function change(tool: string, args: Arguments, file: string | undefined, before: () => Promise<string | undefined>): Promise<string | undefined> {
  const [old, now, content, patch] = ["oldString", "newString", "content", "patchText"].map((name) => asString(args[name]))
  if (tool === "edit" && old !== undefined && now !== undefined) return headed(edited(old, now, args["replaceAll"] === true, await before()), file)
  if (tool === "write" && content !== undefined) return headed(difference((await before()) ?? "", content), file)
  if ((tool === "apply_patch" || tool === "patch") && patch !== undefined) return patch
  return undefined
}

/** OpenCode also finds what is only nearly there; then the two texts are all that can be shown. */
function edited(old: string, now: string, all: boolean, content: string | undefined): string {
  const at = old === "" ? -1 : (content?.indexOf(old) ?? -1)
  if (content === undefined || at < 0) return difference(old, now)
  const after = all ? content.split(old).join(now) : content.slice(0, at) + now + content.slice(at + old.length)
  return difference(content, after)
}

export function difference(before: string, after: string): string {
  const [old, now] = [before, after].map(lines) as [string[], string[]]
  const most = Math.min(old.length, now.length)
  let head = 0
  while (head < most && old[head] === now[head]) head += 1
  let tail = 0
  while (tail < most - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1
  const marked = (mark: string, some: string[]) => some.map((line) => `${mark}${line}\n`)
  const from = Math.max(0, head - AROUND)
  const removed = old.slice(head, old.length - tail)
  const added = now.slice(head, now.length - tail)
  if (removed.length === 0 && added.length === 0) return ""
  const behind = old.slice(old.length - tail, old.length - tail + AROUND)
  const [wasLong, isLong] = [removed, added].map(({ length }) => head - from + length + behind.length)
  const place = `@@ -${from + 1},${wasLong} +${from + 1},${isLong} @@\n`
  return [place, ...marked(" ", old.slice(from, head)), ...marked("-", removed), ...marked("+", added), ...marked(" ", behind)].join("")
}

function lines(text: string): string[] {
  if (text === "") return []
  const all = text.split("\n")
  // A last line that ends is one line, and one that does not end is another.
  if (all.at(-1) === "") all.pop()
  else all[all.length - 1] += "\n\\ No newline at end of file"
  return all
}

/** None where nothing would change, or more than anybody can look at. */
function headed(diff: string, file = "the file"): string | undefined {
  // A name with a line break would look like more of the change.
  const name = /[\r\n]/.test(file) ? JSON.stringify(file) : file
  const whole = `--- ${name}\n+++ ${name}\n${diff}`
  return diff !== "" && byteLength(whole) <= LIMITS.MAX_HELD_ARGS_BYTES ? whole : undefined
}
