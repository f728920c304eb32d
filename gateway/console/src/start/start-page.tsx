// Starts a session. A start that fails keeps what was typed; one that is sent twice makes one session.
import { Link, useNavigate } from "@tanstack/react-router"
import { ArrowLeft, LoaderCircle } from "lucide-react"
import { type FormEvent, useEffect, useState } from "react"
import type { Problem } from "../api/client.ts"
import type { Priority } from "../api/types.ts"
import { AddFiles, AttachedFiles, useAttachments, useDrop } from "../kit/attachments.tsx"
import { Button } from "../kit/button.tsx"
import { Field, Input, Select, Textarea } from "../kit/field.tsx"
import { Notice } from "../kit/notice.tsx"
import { useMe } from "../shell/app-shell.tsx"
import { CATEGORIES, chosen, isComplete, keepForm, keptForm, PRIORITIES, type StartForm, titleFrom } from "./form.ts"
import { MOST_BYTES, MOST_FILES, size } from "../lib/files.ts"
import { newKey } from "../lib/key.ts"
import { Agent } from "./agent.tsx"
import { Progress, useStart } from "./use-start.tsx"
import { usePlaces } from "./use-places.ts"
import { MeantProject, Where } from "./where.tsx"

/** The scripted model plays the scenario that a task names. */
const DEMO_TASK = "Add a greeting to this repository, and check it.\nscenario: demo"

export function StartPage() {
  const [form, setForm] = useState(keptForm)
  // Another form is another start; the gateway gives an answer again that it gave to a key before.
  const set = (change: Partial<StartForm>) => setForm((form) => ({ ...form, ...change, key: newKey() }))
  const attached = useAttachments(() => set({}))
  const drop = useDrop(attached)
  const places = usePlaces(form.project)
  const { starting, problem, start } = useStart(form, setForm, attached, places.workspaceRepositories)
  const me = useMe()
  useEffect(() => keepForm(form), [form])
  useEffect(() => {
    document.title = "New session · OpenCode Gateway"
  }, [])
  // The only place there is need not be chosen.
  const only = places.directories.length === 1 ? places.directories[0]!.directory : undefined
  useEffect(() => {
    if (only) setForm((form) => (form.directory ? form : { ...form, directory: only }))
  }, [only])

  const navigate = useNavigate()
  const cancel = () => {
    keepForm(undefined)
    setForm(keptForm())
    attached.clear()
    void navigate({ to: "/" })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void start()
  }
  return (
    <div className="h-full overflow-y-auto">
      <form onSubmit={submit} className="mx-auto max-w-xl space-y-6 px-4 pt-3 pb-10 sm:px-6 lg:pt-10" noValidate>
        <div className="flex items-center gap-2">
          <Button asChild look="quiet" size="icon" className="-ml-2 lg:hidden"><Link to="/" aria-label="All sessions"><ArrowLeft /></Link></Button>
          <h1 className="text-xl font-semibold">New session</h1>
        </div>
        {me.data?.demo && (
          <Notice title="This is a demo" action={<Button size="small" onClick={() => set({ prompt: DEMO_TASK })}>Use the demo task</Button>}>
            A scripted model answers in place of a real one. Its demo shows streaming, a question, a permission, a milestone and a change.
          </Notice>
        )}
        {places.noPod && <Notice tone="warning" title="No agent is connected">A session needs a running OpenCode with the plugin. Start one; what you type here is kept.</Notice>}
        <div {...drop.handlers} data-drop className={drop.over ? "rounded-xl outline-2 outline-offset-4 outline-accent" : undefined}>
          <Field label="What should the agent do?" error={attached.problem}>
            {(field) => <Textarea {...field} autoFocus className="min-h-36" value={form.prompt} onChange={(event) => set({ prompt: event.target.value })} placeholder="Add a health check to the API, with a test" />}
          </Field>
          <AttachedFiles files={attached.files} remove={attached.remove} disabled={starting} />
          <div className="mt-2 flex flex-wrap items-center gap-3">
            <AddFiles labelled add={attached.add} disabled={starting} />
            <span className="text-[0.8125rem] text-faint">Text, images or PDF, at most {MOST_FILES} with {size(MOST_BYTES)} together.</span>
          </div>
        </div>
        <Field label="Title" optional hint={form.title ? undefined : form.prompt ? `Without one: “${titleFrom(form.prompt)}”` : undefined}>
          {(field) => <Input {...field} value={form.title} maxLength={200} onChange={(event) => set({ title: event.target.value })} placeholder="In a few words" />}
        </Field>
        {places.projects.length > 0 && (
          <Field label="Project" optional>
            {(field) => (
              <Select {...field} value={form.project} onChange={(event) => set(chosen(places.projects.find((project) => project.name === event.target.value)))}>
                <option value="">No project</option>
                {places.projects.map((project) => <option key={project.name} value={project.name}>{project.title ? `${project.title} (${project.name})` : project.name}</option>)}
              </Select>
            )}
          </Field>
        )}
        <MeantProject form={form} set={set} known={places.projects} />
        <Where form={form} set={set} repositories={places.workspaceRepositories}>
          <Field label="Repository" hint={places.directories.length === 0 ? "The full path of a directory where OpenCode runs." : undefined}>
            {(field) => (
              <>
                <Input {...field} list="places" className="font-mono text-sm" value={form.directory} spellCheck={false} autoCapitalize="off" autoCorrect="off" onChange={(event) => set({ directory: event.target.value })} placeholder="/path/to/repository" />
                <datalist id="places">{places.directories.map(({ directory, name }) => <option key={directory} value={directory}>{name}</option>)}</datalist>
              </>
            )}
          </Field>
          {places.directories.length > 1 && <Recent places={places.directories} chosen={form.directory} onChoose={(directory) => set({ directory })} />}
        </Where>
        <Sorting form={form} set={set} />
        <Agent form={form} set={set} />
        {places.pods.length > 1 && (
          <Field label="Pod">
            {(field) => (
              <Select {...field} value={form.pod} onChange={(event) => set({ pod: event.target.value })}>
                <option value="">Choose…</option>
                {places.pods.map((pod) => <option key={pod}>{pod}</option>)}
              </Select>
            )}
          </Field>
        )}
        {problem && <Failed problem={problem} />}
        {starting && <Progress start={form.key} />}
        <div className="flex flex-col gap-3 sm:flex-row">
          <Button type="submit" look="primary" size="large" disabled={starting || !isComplete(form, places.workspaceRepositories)}>
            {starting && <LoaderCircle className="animate-spin" aria-hidden />}
            {starting ? "Starting session…" : "Start session"}
          </Button>
          <Button look="quiet" size="large" disabled={starting} onClick={cancel}>Cancel</Button>
        </div>
      </form>
    </div>
  )
}

function Recent({ places, chosen, onChoose }: { places: { directory: string; name: string }[]; chosen: string; onChoose(directory: string): void }) {
  return (
    <div className="-mt-3 flex flex-wrap gap-2" role="group" aria-label="Known repositories">
      {places.slice(0, 6).map(({ directory, name }) => (
        <Button key={directory} size="small" look={directory === chosen ? "primary" : "plain"} aria-pressed={directory === chosen} onClick={() => onChoose(directory)} title={directory}>{name}</Button>
      ))}
    </div>
  )
}

function Sorting({ form, set }: { form: StartForm; set(change: Partial<StartForm>): void }) {
  return (
    <div className="grid gap-6 sm:grid-cols-2 sm:gap-4">
      <Field label="Category" optional>
        {(field) => (
          <>
            <Input {...field} list="categories" value={form.category} maxLength={40} onChange={(event) => set({ category: event.target.value })} placeholder="Feature, fix, …" />
            <datalist id="categories">{CATEGORIES.map((category) => <option key={category} value={category} />)}</datalist>
          </>
        )}
      </Field>
      <Field label="Priority">
        {(field) => (
          <Select {...field} value={form.priority} onChange={(event) => set({ priority: event.target.value as Priority })}>
            {PRIORITIES.map(([value, name]) => <option key={value} value={value}>{name}</option>)}
          </Select>
        )}
      </Field>
    </div>
  )
}

function Failed({ problem }: { problem: Problem }) {
  const what =
    problem.status === 429 ? "Stop or close one of those that run, then start again. What you typed is kept."
    : problem.unreached ? "What you typed is kept. Press “Start session” again: it makes one session, however often it is sent."
    : "What you typed is kept."
  return (
    <Notice tone="error" title={problem.title} alert>
      <p>{problem.detail}</p>
      <p className="mt-1">{what}</p>
    </Notice>
  )
}
