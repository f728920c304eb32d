// Starts a session. A start that fails keeps what was typed; one that is sent twice makes one session.
import { useQuery } from "@tanstack/react-query"
import { Link, useNavigate } from "@tanstack/react-router"
import { ArrowLeft, LoaderCircle, Sparkles } from "lucide-react"
import { type FormEvent, useEffect, useRef, useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { Priority, Routing } from "../api/types.ts"
import { AddFiles, AttachedFiles, type Attachments, useAttachments, useDrop } from "../kit/attachments.tsx"
import { Button } from "../kit/button.tsx"
import { Field, Input, Select, Textarea } from "../kit/field.tsx"
import { Notice } from "../kit/notice.tsx"
import { useMe } from "../shell/app-shell.tsx"
import { CATEGORIES, isComplete, keepForm, keptForm, modelOf, modelText, PRIORITIES, type StartForm, titleFrom, toRequest } from "./form.ts"
import { MOST_BYTES, MOST_FILES, size } from "../lib/files.ts"
import { newKey } from "../lib/key.ts"
import { usePlaces } from "./use-places.ts"

/** The scripted model plays the scenario that a task names. */
const DEMO_TASK = "Add a greeting to this repository, and check it.\nscenario: demo"

export function StartPage() {
  const [form, setForm] = useState(keptForm)
  // Another form is another start; the gateway gives an answer again that it gave to a key before.
  const set = (change: Partial<StartForm>) => setForm((form) => ({ ...form, ...change, key: newKey() }))
  const attached = useAttachments(() => set({}))
  const drop = useDrop(attached)
  const { starting, problem, start } = useStart(form, setForm, attached)
  const places = usePlaces(form.project)
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
              <Select {...field} value={form.project} onChange={(event) => set({ project: event.target.value, directory: "" })}>
                <option value="">No project</option>
                {places.projects.map((project) => <option key={project.name}>{project.name}</option>)}
              </Select>
            )}
          </Field>
        )}
        <Field label="Repository" hint={places.directories.length === 0 ? "The full path of a directory where OpenCode runs." : undefined}>
          {(field) => (
            <>
              <Input {...field} list="places" className="font-mono text-sm" value={form.directory} spellCheck={false} autoCapitalize="off" autoCorrect="off" onChange={(event) => set({ directory: event.target.value })} placeholder="/path/to/repository" />
              <datalist id="places">{places.directories.map(({ directory, name }) => <option key={directory} value={directory}>{name}</option>)}</datalist>
            </>
          )}
        </Field>
        {places.directories.length > 1 && <Recent places={places.directories} chosen={form.directory} onChoose={(directory) => set({ directory })} />}
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
        <div className="flex flex-col gap-3 sm:flex-row">
          <Button type="submit" look="primary" size="large" disabled={starting || !isComplete(form)}>
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

function Agent({ form, set }: { form: StartForm; set(change: Partial<StartForm>): void }) {
  const routing = useRouting(form)
  const badModel = form.model.trim() !== "" && !modelOf(form.model)
  return (
    <div className="space-y-3">
      <div className="grid gap-6 sm:grid-cols-2 sm:gap-4">
        <Field label="Agent" optional>
          {(field) => <Input {...field} value={form.agent} spellCheck={false} autoCapitalize="off" onChange={(event) => set({ agent: event.target.value })} placeholder="OpenCode's default" />}
        </Field>
        <Field label="Model" optional error={badModel ? "As provider/model." : undefined}>
          {(field) => <Input {...field} value={form.model} spellCheck={false} autoCapitalize="off" onChange={(event) => set({ model: event.target.value })} placeholder="OpenCode's default" />}
        </Field>
      </div>
      {routing && <Suggested routing={routing} form={form} set={set} />}
    </div>
  )
}

/** Nothing of it is used unless the person takes it. */
function Suggested({ routing, form, set }: { routing: Routing; form: StartForm; set(change: Partial<StartForm>): void }) {
  const model = modelText(routing.model)
  const why = typeof routing.model === "object" ? routing.model.because : undefined
  return (
    <div className="flex gap-3 rounded-xl bg-sunken px-4 py-3 text-sm">
      <Sparkles className="mt-0.5 size-4 shrink-0 text-accent-ink" aria-hidden />
      <div className="min-w-0 flex-1 space-y-2.5">
        <p>
          Suggested: <strong className="font-semibold">{routing.agent}</strong> <span className="text-faint">({Math.round(routing.confidence * 100)} % sure{routing.because.length > 0 && `, because of ${routing.because.join(", ")}`})</span>
        </p>
        {model && <p>Model: <strong className="font-semibold">{model}</strong>{why && <span className="text-faint"> ({why})</span>}</p>}
        <div className="flex flex-wrap gap-2">
          <Button size="small" disabled={form.agent === routing.agent} onClick={() => set({ agent: routing.agent })}>{form.agent === routing.agent ? "Agent taken" : "Take this agent"}</Button>
          {model && <Button size="small" disabled={form.model === model} onClick={() => set({ model })}>{form.model === model ? "Model taken" : "Take this model"}</Button>}
        </div>
      </div>
    </div>
  )
}

function useRouting(form: StartForm): Routing | undefined {
  const [asked, setAsked] = useState({ title: "", prompt: "" })
  useEffect(() => {
    const timer = setTimeout(() => setAsked({ title: form.title || titleFrom(form.prompt), prompt: form.prompt }), 400)
    return () => clearTimeout(timer)
  }, [form.title, form.prompt])
  const { data } = useQuery({
    queryKey: ["routing", asked],
    queryFn: () => api.routing(asked.title, asked.prompt),
    enabled: asked.title.length > 3,
    retry: false,
    staleTime: Infinity,
  })
  return data ?? undefined
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

function useStart(form: StartForm, setForm: (form: StartForm) => void, attached: Attachments) {
  const [starting, setStarting] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const running = useRef(false)
  const navigate = useNavigate()
  const start = async () => {
    // A second press comes before the button is drawn as disabled.
    if (running.current || !isComplete(form)) return
    running.current = true
    setStarting(true)
    setProblem(undefined)
    try {
      const { id } = await api.start(toRequest(form, attached.files.map(({ name, content }) => ({ name, content }))), form.key)
      keepForm(undefined)
      attached.clear()
      setForm(keptForm())
      await navigate({ to: "/sessions/$id", params: { id } })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error)
      // Refused for sure, so the next attempt is a new one. Otherwise nobody knows, and the key makes it one session.
      if (error.status >= 400 && error.status < 500) setForm({ ...form, key: newKey() })
    } finally {
      running.current = false
      setStarting(false)
    }
  }
  return { starting, problem, start }
}

