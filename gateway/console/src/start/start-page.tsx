// Starts a session: a task, a place, and everything else under "More options". A start that fails keeps what was typed;
// one that is sent twice makes one session.
import { Link, useNavigate } from "@tanstack/react-router"
import { ArrowLeft, LoaderCircle } from "lucide-react"
import { type FormEvent, useEffect, useState } from "react"
import type { Problem } from "../api/client.ts"
import { useLimits } from "../api/vocabulary.ts"
import { AddFiles, AttachedFiles, useAttachments, useDrop } from "../kit/attachments.tsx"
import { Button } from "../kit/button.tsx"
import { Field, Select, Textarea } from "../kit/field.tsx"
import { Notice } from "../kit/notice.tsx"
import { size } from "../lib/files.ts"
import { newKey } from "../lib/key.ts"
import { useMe } from "../shell/app-shell.tsx"
import { ScriptedTasks } from "./demo.tsx"
import { keepForm, keptForm, type StartForm, missing } from "./form.ts"
import { LimitReached } from "./limit-reached.tsx"
import { MoreOptions } from "./more-options.tsx"
import { NoAgent } from "./no-agent.tsx"
import { firstPlace, usePlaces } from "./use-places.ts"
import { Progress, useStart } from "./use-start.tsx"
import { MeantProject, PlaceField, Where } from "./where.tsx"

export function StartPage() {
  const [form, setForm] = useState(keptForm)
  // Another form is another start; the gateway gives an answer again that it gave to a key before.
  const set = (change: Partial<StartForm>) => setForm((form) => ({ ...form, ...change, key: newKey() }))
  const attached = useAttachments(() => set({}))
  const drop = useDrop(attached)
  const places = usePlaces(form.project)
  const around = { known: places.workspaceRepositories, pods: places.pods }
  const { starting, problem, start } = useStart(form, setForm, attached, around)
  const me = useMe()
  const limits = useLimits()
  useEffect(() => keepForm(form), [form])
  useEffect(() => {
    document.title = "New session · OpenCode Gateway"
  }, [])
  usePreselected(form, setForm, places)

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
  const lacking = missing(form, around)
  return (
    <div className="h-full overflow-y-auto">
      <form onSubmit={submit} className="mx-auto max-w-xl space-y-5 px-4 pt-3 pb-10 sm:px-6 lg:pt-10" noValidate>
        <div className="flex items-center gap-2">
          <Button asChild look="quiet" size="icon" className="-ml-2 lg:hidden"><Link to="/" aria-label="All sessions"><ArrowLeft /></Link></Button>
          <h1 className="text-xl font-semibold">New session</h1>
        </div>
        {places.noPod && <NoAgent />}
        <div {...drop.handlers} data-drop className={drop.over ? "rounded-xl outline-2 outline-offset-4 outline-accent" : undefined}>
          <Field label="What should the agent do?" error={attached.problem}>
            {(field) => <Textarea {...field} autoFocus className="min-h-32" value={form.prompt} onChange={(event) => set({ prompt: event.target.value })} placeholder="Add a health check to the API, with a test" />}
          </Field>
          <AttachedFiles files={attached.files} remove={attached.remove} disabled={starting} />
          <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1">
            <AddFiles labelled add={attached.add} disabled={starting} />
            <span className="text-[0.8125rem] text-faint">Text, images or PDF.{limits && ` Up to ${limits.files} files, ${size(limits.files_bytes)} in total.`}</span>
          </div>
        </div>
        {me.data?.demo && <ScriptedTasks prompt={form.prompt} choose={(prompt) => set({ prompt })} />}
        <MeantProject form={form} set={set} known={places.projects} />
        <Where form={form} set={set} project={places.projects.find((one) => one.name === form.project)} repositories={places.workspaceRepositories}>
          <PlaceField form={form} set={set} places={places.places} asking={places.asking} />
        </Where>
        {places.pods && places.pods.length > 1 && <Pods form={form} set={set} pods={places.pods} />}
        <MoreOptions form={form} set={set} projects={places.projects} />
        {problem && <Failed problem={problem} />}
        {starting && <Progress start={form.key} />}
        <div className="flex flex-col gap-3 sm:flex-row sm:items-center">
          <Button type="submit" look="primary" size="large" disabled={starting || lacking !== undefined} aria-describedby="missing">
            {starting && <LoaderCircle className="animate-spin" aria-hidden />}
            {starting ? "Starting session…" : "Start session"}
          </Button>
          <Button look="quiet" size="large" disabled={starting} onClick={cancel}>Cancel</Button>
          <p id="missing" role="status" className="text-sm text-faint empty:hidden max-sm:order-first">{starting ? undefined : lacking}</p>
        </div>
      </form>
    </div>
  )
}

/** Most sessions work where the last one did. */
function usePreselected(form: StartForm, setForm: (change: (form: StartForm) => StartForm) => void, { known, places }: ReturnType<typeof usePlaces>) {
  useEffect(() => {
    if (!known || form.directory || form.apart) return
    const first = firstPlace(places)
    if (first) setForm((form) => (form.directory || form.apart ? form : { ...form, ...first }))
    // Emptied by hand it stays empty; another project is another choice.
  }, [known, form.project, places.length])
}

function Pods({ form, set, pods }: { form: StartForm; set(change: Partial<StartForm>): void; pods: string[] }) {
  return (
    <Field label="Pod">
      {(field) => (
        <Select {...field} value={form.pod} onChange={(event) => set({ pod: event.target.value })}>
          <option value="">Choose…</option>
          {pods.map((pod) => <option key={pod}>{pod}</option>)}
        </Select>
      )}
    </Field>
  )
}

function Failed({ problem }: { problem: Problem }) {
  if (problem.status === 429) return <LimitReached problem={problem} />
  return (
    <Notice tone="error" title={problem.title} alert>
      <p>{problem.detail}</p>
      <p className="mt-1">{problem.unreached ? "Your draft is saved. Press “Start session” again; you won't get a duplicate." : "Your draft is saved."}</p>
    </Notice>
  )
}
