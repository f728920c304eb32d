// Where a session works: in a workspace of its own, or in a directory that there is.
import { useQuery } from "@tanstack/react-query"
import { type ReactNode, useEffect, useId, useState } from "react"
import { api } from "../api/client.ts"
import type { Project } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Field, Input, Select } from "../kit/field.tsx"
import { chosen, inWorkspace, type StartForm, titleFrom } from "./form.ts"
import { projectLabel } from "./more-options.tsx"
import { type Place, takenPlace } from "./use-places.ts"

interface Part {
  form: StartForm
  set(change: Partial<StartForm>): void
}

/** `children` choose a directory. */
export function Where({ form, set, project, repositories, children }: Part & { project?: Project; repositories: string[]; children: ReactNode }) {
  if (repositories.length === 0) return children
  const apart = inWorkspace(form, repositories)
  const taken = form.repositories.length > 0 ? form.repositories : repositories
  const toggle = (name: string) =>
    set({ repositories: taken.includes(name) ? taken.filter((one) => one !== name) : [...taken, name] })
  return (
    <fieldset className="space-y-4">
      <legend className="mb-2 text-sm font-medium">Where to work{project && <span className="font-normal text-faint"> in {projectLabel(project)}</span>}</legend>
      <div className="space-y-2">
        <Choice label="In a new workspace, on its own branch" checked={apart} choose={() => set({ apart: true })} />
        <Choice label="In an existing directory" checked={!apart} choose={() => set({ apart: false })} />
      </div>
      {!apart && children}
      {apart && repositories.length > 1 && (
        <div className="flex flex-wrap gap-2" role="group" aria-label="Repositories">
          {repositories.map((name) => (
            <Button key={name} size="small" className="aria-pressed:border-accent aria-pressed:bg-accent-wash aria-pressed:text-accent-ink" aria-pressed={taken.includes(name)} onClick={() => toggle(name)}>{name}</Button>
          ))}
        </div>
      )}
      {apart && (
        <Field label="Workspace name" optional hint={`Contains ${taken.join(", ")}.`}>
          {(field) => <Input {...field} value={form.workspace} maxLength={64} spellCheck={false} autoCapitalize="off" onChange={(event) => set({ workspace: event.target.value })} placeholder="Default: project and title" />}
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

/** In the list of places: one that is not among them. */
const OTHER = "\u0000other"

/** The repositories there are, the last one chosen beforehand; any other by its path. */
export function PlaceField({ form, set, places, asking }: Part & { places: Place[]; asking: boolean }) {
  const isKnown = places.some(({ directory }) => directory === form.directory)
  const [typing, setTyping] = useState(false)
  const other = typing || places.length === 0 || (form.directory !== "" && !isKnown)
  // Nothing to type into that is gone a moment later.
  if (asking) return <Field label="Repository">{(field) => <Select {...field} disabled><option>Loading…</option></Select>}</Field>
  const choose = (value: string) => {
    const place = places.find(({ directory }) => directory === value)
    setTyping(value === OTHER)
    set(place ? takenPlace(place) : { directory: "" })
  }
  return (
    <div className="space-y-3">
      {places.length > 0 && (
        <Field label="Repository" hint={other ? undefined : <span className="font-mono text-xs break-all">{form.directory}</span>}>
          {(field) => (
            <Select {...field} value={other ? OTHER : form.directory} onChange={(event) => choose(event.target.value)}>
              {!other && form.directory === "" && <option value="">Choose…</option>}
              <Places places={places} />
              <option value={OTHER}>Another directory…</option>
            </Select>
          )}
        </Field>
      )}
      {other && (
        <Field label={places.length > 0 ? "Directory" : "Repository"} hint="Full path on the machine where OpenCode runs.">
          {(field) => <Input {...field} className="font-mono text-sm" value={form.directory} spellCheck={false} autoCapitalize="off" autoCorrect="off" onChange={(event) => set({ directory: event.target.value })} placeholder="/path/to/repository" />}
        </Field>
      )}
    </div>
  )
}

function Places({ places }: { places: Place[] }) {
  const projects = [...new Set(places.flatMap(({ project }) => project ?? []))]
  const loose = places.filter(({ project }) => !project)
  const options = (some: Place[]) => some.map((place) => <option key={place.directory} value={place.directory} title={place.directory}>{nameOf(place, places)}</option>)
  return (
    <>
      {projects.map((project) => <optgroup key={project.name} label={projectLabel(project)}>{options(places.filter((place) => place.project === project))}</optgroup>)}
      {projects.length > 0 && loose.length > 0 ? <optgroup label="Other directories">{options(loose)}</optgroup> : options(loose)}
    </>
  )
}

/** Two of one name are told apart by where they are. */
function nameOf({ name, directory }: Place, places: Place[]): string {
  const alone = places.filter((one) => one.name === name).length === 1
  return alone ? name : `${name} (${directory})`
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
      <span>Looks like <strong className="font-semibold">{project.title ?? project.name}</strong> <span className="text-faint">({Math.round(data.confidence * 100)}% match: “{data.because.join("”, “")}”)</span></span>
      <Button size="small" onClick={() => set({ ...chosen(project), category: form.category || (data.category ?? "") })}>Use this project</Button>
    </p>
  )
}
