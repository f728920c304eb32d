// What most people leave as it is.
import { ChevronRight } from "lucide-react"
import { useState } from "react"
import type { Priority, Project } from "../api/types.gen.ts"
import { useLimits, useVocabulary } from "../api/vocabulary.ts"
import { Field, Input, Select } from "../kit/field.tsx"
import { Agent } from "./agent.tsx"
import { chosen, moreFilled, type StartForm, titleFrom } from "./form.ts"

interface Part {
  form: StartForm
  set(change: Partial<StartForm>): void
}

export function MoreOptions({ form, set, projects }: Part & { projects: Project[] }) {
  // Open where something was filled in before; after that it is the person's business.
  const [open, setOpen] = useState(() => moreFilled(form) > (form.project ? 1 : 0))
  const filled = moreFilled(form)
  const limits = useLimits()
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)} className="group rounded-xl border border-line">
      <summary className="flex min-h-11 cursor-pointer list-none items-center gap-2 px-4 text-sm font-medium select-none [&::-webkit-details-marker]:hidden">
        <ChevronRight className="size-4 text-faint transition-transform group-open:rotate-90" aria-hidden />
        More options
        {!open && filled > 0 && <span className="text-xs font-normal text-faint">{filled} set</span>}
      </summary>
      <div className="space-y-5 border-t border-line px-4 pt-4 pb-5">
        {projects.length > 0 && <ProjectField form={form} set={set} projects={projects} />}
        <Field label="Title" optional hint={form.title || !form.prompt ? undefined : `Default: “${titleFrom(form.prompt)}”`}>
          {(field) => <Input {...field} value={form.title} maxLength={limits?.title} onChange={(event) => set({ title: event.target.value })} placeholder="Short summary" />}
        </Field>
        <Sorting form={form} set={set} />
        {open && <Agent form={form} set={set} />}
      </div>
    </details>
  )
}

function ProjectField({ form, set, projects }: Part & { projects: Project[] }) {
  const choose = (name: string) => set(chosen(projects.find((project) => project.name === name)))
  return (
    <Field label="Project" optional>
      {(field) => (
        <Select {...field} value={form.project} onChange={(event) => choose(event.target.value)}>
          <option value="">No project</option>
          {projects.map((project) => <option key={project.name} value={project.name}>{projectLabel(project)}</option>)}
        </Select>
      )}
    </Field>
  )
}

/** By its name, with the id behind it where the two differ. */
export function projectLabel({ name, title }: Pick<Project, "name" | "title">): string {
  return title && title.toLowerCase() !== name.toLowerCase() ? `${title} (${name})` : name
}

function Sorting({ form, set }: Part) {
  const words = useVocabulary()
  return (
    <div className="grid gap-5 sm:grid-cols-2 sm:gap-4">
      <Field label="Category" optional>
        {(field) => (
          <>
            <Input {...field} list="categories" value={form.category} maxLength={words?.limits.category} onChange={(event) => set({ category: event.target.value })} placeholder={words?.categories.slice(0, 2).join(", ")} />
            <datalist id="categories">{words?.categories.map((category) => <option key={category} value={category} />)}</datalist>
          </>
        )}
      </Field>
      <Field label="Priority">
        {(field) => (
          <Select {...field} value={form.priority} onChange={(event) => set({ priority: event.target.value as Priority })}>
            {(words?.priorities ?? [{ value: form.priority, label: form.priority }]).map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
          </Select>
        )}
      </Field>
    </div>
  )
}
