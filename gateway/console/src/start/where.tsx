// Where a session works: in a workspace of its own, or in a directory that there is.
import { useQuery } from "@tanstack/react-query"
import { type ReactNode, useEffect, useId, useState } from "react"
import { api } from "../api/client.ts"
import type { Project } from "../api/types.ts"
import { Button } from "../kit/button.tsx"
import { Field, Input } from "../kit/field.tsx"
import { chosen, inWorkspace, type StartForm, titleFrom } from "./form.ts"

interface Part {
  form: StartForm
  set(change: Partial<StartForm>): void
}

/** `children` choose a directory. */
export function Where({ form, set, repositories, children }: Part & { repositories: string[]; children: ReactNode }) {
  if (repositories.length === 0) return children
  const apart = inWorkspace(form, repositories)
  const taken = form.repositories.length > 0 ? form.repositories : repositories
  const toggle = (name: string) =>
    set({ repositories: taken.includes(name) ? taken.filter((one) => one !== name) : [...taken, name] })
  return (
    <fieldset className="space-y-4">
      <legend className="mb-2 text-sm font-medium">Where it works</legend>
      <div className="space-y-2">
        <Choice label="In a workspace of its own, on a branch of its own" checked={apart} choose={() => set({ apart: true })} />
        <Choice label="In a directory that there is" checked={!apart} choose={() => set({ apart: false })} />
      </div>
      {!apart && children}
      {apart && repositories.length > 1 && (
        <div className="flex flex-wrap gap-2" role="group" aria-label="Repositories">
          {repositories.map((name) => (
            <Button key={name} size="small" look={taken.includes(name) ? "primary" : "plain"} aria-pressed={taken.includes(name)} onClick={() => toggle(name)}>{name}</Button>
          ))}
        </div>
      )}
      {apart && (
        <Field label="Workspace name" optional hint={`Made of ${taken.join(", ")}.`}>
          {(field) => <Input {...field} value={form.workspace} maxLength={64} spellCheck={false} autoCapitalize="off" onChange={(event) => set({ workspace: event.target.value })} placeholder="Made of project and title" />}
        </Field>
      )}
    </fieldset>
  )
}

function Choice({ label, checked, choose }: { label: string; checked: boolean; choose(): void }) {
  const id = useId()
  return (
    <label htmlFor={id} className="flex min-h-11 items-center gap-3 text-sm">
      <input id={id} type="radio" name="where" className="size-5 accent-accent" checked={checked} onChange={choose} />
      {label}
    </label>
  )
}

/** A title that clearly means a project; nothing is filled in unless the person takes it. */
export function MeantProject({ form, set, known }: Part & { known: Project[] }) {
  const title = form.title || titleFrom(form.prompt)
  const [asked, setAsked] = useState("")
  useEffect(() => {
    const timer = setTimeout(() => setAsked(title), 400)
    return () => clearTimeout(timer)
  }, [title])
  const wanted = form.project === "" && known.length > 0 && asked.length > 3
  const { data } = useQuery({ queryKey: ["infer", asked], queryFn: () => api.infer(asked), enabled: wanted, retry: false, staleTime: 60_000 })
  const project = wanted && known.find((one) => one.name === data?.project)
  if (!project || !data) return null
  return (
    <p className="flex flex-wrap items-center gap-2 text-sm">
      <span>This looks like <strong className="font-semibold">{project.title ?? project.name}</strong> <span className="text-faint">({Math.round(data.confidence * 100)} % sure, because of {data.because.join(", ")})</span></span>
      <Button size="small" onClick={() => set({ ...chosen(project), category: form.category || (data.category ?? "") })}>Take this project</Button>
    </p>
  )
}
