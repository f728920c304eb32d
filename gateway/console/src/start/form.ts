// What is typed to start a session, kept until it has started.
import type { NewSession } from "../api/types.ts"
import { newKey } from "../lib/key.ts"
import { store, stored } from "../lib/stored.ts"

export interface StartForm {
  prompt: string
  title: string
  project: string
  directory: string
  agent: string
  pod: string
  /** One form makes one session, however often it is sent. */
  key: string
}

const EMPTY = { prompt: "", title: "", project: "", directory: "", agent: "", pod: "" }

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
  return form.prompt.trim() !== "" && form.directory.trim() !== ""
}

/** The first words of the task, as a title. */
export function titleFrom(prompt: string): string {
  const line = prompt.trim().split("\n", 1)[0]!.replace(/[\u0000-\u001f]/g, " ").trim()
  if (line.length <= 60) return line
  const cut = line.slice(0, 60)
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), 40))}…`
}

export function toRequest(form: StartForm): NewSession {
  const given = (text: string) => text.trim() || undefined
  return {
    directory: form.directory.trim(),
    title: given(form.title) ?? titleFrom(form.prompt),
    prompt: form.prompt,
    project: given(form.project),
    agent: given(form.agent),
    pod: given(form.pod),
  }
}
