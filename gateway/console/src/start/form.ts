// What is typed to start a session, kept until it has started.
import type { NewFile } from "../api/client.ts"
import type { NewSession, Priority, Project, Suggestion } from "../api/types.gen.ts"
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
  /** In a workspace of its own, made of these repositories of the project; otherwise in the directory. */
  apart: boolean
  repositories: string[]
  /** The workspace's name; empty is made of project and title. */
  workspace: string
  agent: string
  /** As provider/model; empty is the default. */
  model: string
  pod: string
  /** One form makes one session, however often it is sent. */
  key: string
}

const EMPTY = { prompt: "", title: "", project: "", category: "", priority: "normal" as Priority, directory: "", apart: false, repositories: [] as string[], workspace: "", agent: "", model: "", pod: "" }

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

/** What the form is filled in for. */
export interface Surroundings {
  /** What workspaces of the chosen project can be made of. */
  known?: string[]
  /** Pods that are connected; with several one is to be chosen. */
  pods?: string[]
}

/** Why the session cannot be started yet, for the person; undefined when it can. */
export function missing(form: StartForm, { known = [], pods }: Surroundings = {}): string | undefined {
  if (form.prompt.trim() === "") return "Describe the task first."
  if (form.model.trim() !== "" && !modelOf(form.model)) return "Write the model as provider/model, or leave it empty."
  if (!inWorkspace(form, known) && form.directory.trim() === "") return "Choose a repository."
  if (pods?.length === 0) return "No agent is connected."
  if (pods && pods.length > 1 && !pods.includes(form.pod)) return "Choose a pod."
  return undefined
}

export function inWorkspace(form: StartForm, known: string[]): boolean {
  return form.apart && known.length > 0
}

/** How many of the fields that most people leave alone are filled in. */
export function moreFilled(form: StartForm): number {
  const typed = [form.title, form.project, form.category, form.agent, form.model].filter((text) => text.trim() !== "")
  return typed.length + (form.priority === "normal" ? 0 : 1)
}

/** The first words of the task, as a title. */
export function titleFrom(prompt: string): string {
  const line = prompt.trim().split("\n", 1)[0]!.replace(/[\u0000-\u001f]/g, " ").trim()
  if (line.length <= 60) return line
  const cut = line.slice(0, 60)
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), 40))}…`
}

/** Where there is no directory to work in, a workspace is made. */
export function chosen(project: Project | undefined): Partial<StartForm> {
  const only = project?.repositories.length === 1 ? project.repositories[0]!.directory : ""
  return { project: project?.name ?? "", directory: only, repositories: [], apart: project !== undefined && project.repositories.length === 0 }
}

export function toRequest(form: StartForm, files: NewFile[] = [], known: string[] = []): NewSession {
  const given = (text: string) => text.trim() || undefined
  const chosen = form.repositories.filter((name) => known.includes(name))
  const place = inWorkspace(form, known)
    ? { workspace: { name: given(form.workspace), repositories: chosen.length > 0 ? chosen : known } }
    : { directory: form.directory.trim() }
  return {
    ...place,
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

export function modelText(model: Suggestion["model"]): string {
  return typeof model === "object" ? `${model.provider}/${model.model}` : (model ?? "")
}

/** Below this a suggestion helps nobody. */
const SURE = 0.5

/** A suggestion that is worth a look. */
export function worthShowing(routing: Suggestion | null | undefined): Suggestion | undefined {
  return routing && routing.confidence >= SURE ? routing : undefined
}
