// What is typed to start a session, kept until it has started.
import type { NewFile, NewSession, Priority, Routing } from "../api/types.ts"
import { newKey } from "../lib/key.ts"
import { store, stored } from "../lib/stored.ts"

export interface StartForm {
  prompt: string
  title: string
  project: string
  /** What kind of work it is, in the team's own word. */
  category: string
  priority: Priority
  directory: string
  agent: string
  /** As provider/model; empty is the default. */
  model: string
  pod: string
  /** One form makes one session, however often it is sent. */
  key: string
}

const EMPTY = { prompt: "", title: "", project: "", category: "", priority: "normal" as Priority, directory: "", agent: "", model: "", pod: "" }

export function keptForm(): StartForm {
  try {
    const kept = JSON.parse(stored("start") ?? "{}") as Partial<StartForm>
    return { ...EMPTY, key: newKey(), ...kept }
  } catch {
    return { ...EMPTY, key: newKey() }
  }
}

export function keepForm(form: StartForm | undefined) {
  store("start", form && JSON.stringify(form).length < 200_000 ? JSON.stringify(form) : undefined)
}

export function isComplete(form: StartForm): boolean {
  const modelFits = form.model.trim() === "" || modelOf(form.model) !== undefined
  return form.prompt.trim() !== "" && form.directory.trim() !== "" && modelFits
}

/** The first words of the task, as a title. */
export function titleFrom(prompt: string): string {
  const line = prompt.trim().split("\n", 1)[0]!.replace(/[\u0000-\u001f]/g, " ").trim()
  if (line.length <= 60) return line
  const cut = line.slice(0, 60)
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), 40))}…`
}

/** What most teams call their work; any other word will do. */
export const CATEGORIES = ["Feature", "Fix", "Refactoring", "Tests", "Documentation", "Research"]

export const PRIORITIES: [Priority, string][] = [["low", "Low"], ["normal", "Normal"], ["high", "High"], ["urgent", "Urgent"]]

export function toRequest(form: StartForm, files: NewFile[] = []): NewSession {
  const given = (text: string) => text.trim() || undefined
  return {
    directory: form.directory.trim(),
    title: given(form.title) ?? titleFrom(form.prompt),
    prompt: form.prompt,
    project: given(form.project),
    category: given(form.category),
    priority: form.priority,
    ...(files.length > 0 ? { files } : {}),
    agent: given(form.agent),
    model: modelOf(form.model),
    pod: given(form.pod),
  }
}

/** The provider is what stands before the first slash; a model's own name may have more of them. */
export function modelOf(text: string): { provider: string; model: string } | undefined {
  const [, provider, model] = /^([^/\s]+)\/(\S+)$/.exec(text.trim()) ?? []
  return provider && model ? { provider, model } : undefined
}

export function modelText(model: Routing["model"]): string {
  return typeof model === "object" ? `${model.provider}/${model.model}` : (model ?? "")
}
