// What people take away from a session: its link, its changes.
import { api } from "../api/client.ts"
import type { Diff, SessionCard } from "../api/types.gen.ts"
import { save } from "../audit/export.ts"

/** Says what came of it. */
export async function copyLink(session: string): Promise<string> {
  const link = `${location.origin}/sessions/${encodeURIComponent(session)}`
  try {
    await navigator.clipboard.writeText(link)
    return "Link copied."
  } catch {
    // Not allowed, or no secure page: the person copies it.
    window.prompt("Link to this session", link)
    return ""
  }
}

export async function downloadPatch(card: SessionCard): Promise<string> {
  const changes = await api.diff(card.session)
  if (!changes.files.some((file) => file.patch)) return "No changes yet."
  save(patchOf(changes), "text/x-diff;charset=utf-8", `${nameFor(card)}.patch`)
  return "Patch downloaded."
}

/** One patch of all files. What is to be known of it, and what has no text, stands in comments, which `git apply` skips. */
export function patchOf({ files, note }: Diff): string {
  const parts = files.map((file) => file.patch?.trimEnd() ?? comment(`${file.path}: no text to show`))
  return `${[...(note ? [comment(note)] : []), ...parts].join("\n")}\n`
}

function comment(words: string): string {
  return `# ${words.replaceAll(/\s+/g, " ")}`
}

function nameFor({ title, session }: SessionCard): string {
  const words = title.toLowerCase().match(/[a-z0-9]+/g)?.join("-").slice(0, 50)
  return words || session
}
