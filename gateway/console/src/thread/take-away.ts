// What people take away from a session: its link, its changes.
import { api } from "../api/client.ts"
import type { FileChange, SessionCard } from "../api/types.ts"
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
  const files = await api.diff(card.session)
  if (!files.some((file) => file.patch)) return "No file has changed."
  save(patchOf(files), "text/x-diff;charset=utf-8", `${nameFor(card)}.patch`)
  return "Patch downloaded."
}

/** One patch of all files; what has no text is named in a comment, which `git apply` skips. */
export function patchOf(files: FileChange[]): string {
  const parts = files.map((file) => file.patch?.trimEnd() ?? `# ${file.path.replaceAll("\n", " ")}: no text to show`)
  return `${parts.join("\n")}\n`
}

function nameFor({ title, session }: SessionCard): string {
  const words = title.toLowerCase().match(/[a-z0-9]+/g)?.join("-").slice(0, 50)
  return words || session
}
