// Who does the work: the agent and the model that OpenCode has, with what is suggested and why. Nothing of it is used unless
// it is taken.
import { useQuery } from "@tanstack/react-query"
import { Sparkles } from "lucide-react"
import { useEffect, useState } from "react"
import { api } from "../api/client.ts"
import type { Choices, ModelView, Suggestion } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Field, Input, Select } from "../kit/field.tsx"
import { Notice } from "../kit/notice.tsx"
import { modelOf, modelText, type StartForm, titleFrom, worthShowing } from "./form.ts"

export const nameOf = (model: Pick<ModelView, "provider" | "model">) => `${model.provider}/${model.model}`

interface Part {
  form: StartForm
  set(change: Partial<StartForm>): void
}

export function Agent({ form, set }: Part) {
  const routing = useRouting(form)
  const { data } = useChoices(form.pod, form.directory)
  const models = data?.models ?? []
  return (
    <div className="space-y-3">
      <div className="grid gap-5 sm:grid-cols-2 sm:gap-4">
        <Field label="Agent" optional>
          {(field) => <AgentChoice id={field.id} choices={data} value={form.agent} onChange={(agent) => set({ agent })} />}
        </Field>
        <Field label="Model" optional error={form.model.trim() !== "" && !modelOf(form.model) ? "Use the form provider/model." : undefined}>
          {(field) => <ModelChoice id={field.id} choices={data} value={form.model} onChange={(model) => set({ model })} />}
        </Field>
      </div>
      {routing && <Suggested routing={routing} form={form} set={set} />}
      <Down chosen={form.model.trim()} models={models} choose={(model) => set({ model })} />
    </div>
  )
}

/** What OpenCode has there, asked anew when somebody looks. */
export function useChoices(pod: string | undefined, directory: string | undefined) {
  return useQuery({ queryKey: ["choices", pod, directory], queryFn: () => api.choices(pod, directory), retry: false, staleTime: 15_000 })
}

interface ChoiceProps {
  id: string
  choices?: Choices
  value: string
  onChange(value: string): void
  /** What it means to choose nothing. */
  none?: string
}

/** Where OpenCode does not tell what it has, its name is typed. */
export function AgentChoice({ id, choices, value, onChange, none = "OpenCode's default" }: ChoiceProps) {
  const agents = choices?.agents ?? []
  if (agents.length === 0) return <Input id={id} value={value} spellCheck={false} autoCapitalize="off" onChange={(event) => onChange(event.target.value)} placeholder={none} />
  return (
    <Select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{none}</option>
      {value && !agents.some((one) => one.name === value) && <option value={value}>{value} (not offered)</option>}
      {agents.map((one) => <option key={one.name} value={one.name} title={one.description}>{one.name}</option>)}
    </Select>
  )
}

export function ModelChoice({ id, choices, value, onChange, none = "OpenCode's default" }: ChoiceProps) {
  const models = choices?.models ?? []
  if (!choices?.known || models.length === 0) {
    return (
      <>
        <Input id={id} value={value} list={`${id}-models`} spellCheck={false} autoCapitalize="off" onChange={(event) => onChange(event.target.value)} placeholder={none} />
        <datalist id={`${id}-models`}>{models.map((one) => <option key={nameOf(one)} value={nameOf(one)}>{one.purpose}</option>)}</datalist>
      </>
    )
  }
  return (
    <Select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{none}</option>
      {value && !models.some((one) => nameOf(one) === value) && <option value={value}>{value} (not offered)</option>}
      {models.map((one) => <option key={nameOf(one)} value={nameOf(one)} disabled={one.state === "down"} title={one.purpose}>{nameOf(one)}{one.state === "down" ? " (down)" : ""}</option>)}
    </Select>
  )
}

/** Nothing of it is used unless the person takes it. */
function Suggested({ routing, form, set }: Part & { routing: Suggestion }) {
  const model = modelText(routing.model)
  const why = typeof routing.model === "object" ? routing.model.because : undefined
  return (
    <div className="flex gap-3 rounded-xl bg-sunken px-4 py-3 text-sm">
      <Sparkles className="mt-0.5 size-4 shrink-0 text-accent-ink" aria-hidden />
      <div className="min-w-0 flex-1 space-y-2.5">
        <p>
          Suggested: <strong className="font-semibold">{routing.agent}</strong> <span className="text-faint">({Math.round(routing.confidence * 100)}% match{routing.because.length > 0 && `: ${routing.because.map((word) => `“${word}”`).join(", ")}`})</span>
        </p>
        {model && <p>Model: <strong className="font-semibold">{model}</strong>{why && <span className="text-faint"> ({why})</span>}</p>}
        <div className="flex flex-wrap gap-2">
          <Button size="small" disabled={form.agent === routing.agent} onClick={() => set({ agent: routing.agent })}>{form.agent === routing.agent ? "Agent selected" : "Use this agent"}</Button>
          {model && <Button size="small" disabled={form.model === model} onClick={() => set({ model })}>{form.model === model ? "Model selected" : "Use this model"}</Button>}
        </div>
      </div>
    </div>
  )
}

function useRouting(form: StartForm): Suggestion | undefined {
  const [asked, setAsked] = useState({ title: "", prompt: "" })
  useEffect(() => {
    const timer = setTimeout(() => setAsked({ title: form.title || titleFrom(form.prompt), prompt: form.prompt }), 400)
    return () => clearTimeout(timer)
  }, [form.title, form.prompt])
  const { data } = useQuery({
    queryKey: ["routing", asked, form.project, form.pod, form.directory],
    queryFn: () => api.routing({ title: asked.title, description: asked.prompt.slice(0, 2000), project: form.project, pod: form.pod, directory: form.directory }),
    enabled: asked.title.length > 3,
    retry: false,
    staleTime: 15_000,
  })
  return worthShowing(data)
}

/** A model that is down is never used silently: the start would be refused. */
function Down({ chosen, models, choose }: { chosen: string; models: ModelView[]; choose(model: string): void }) {
  const down = models.find((one) => nameOf(one) === chosen && one.state === "down")
  if (!down) return null
  return (
    <Notice tone="warning" title={`${chosen} is not available`}>
      <p>{down.why} Choose another one:</p>
      <div className="mt-2 flex flex-wrap gap-2"><Others models={models} choose={choose} /></div>
    </Notice>
  )
}

function Others({ models, choose }: { models: ModelView[]; choose(model: string): void }) {
  const usable = models.filter((one) => one.state !== "down").slice(0, 6)
  if (usable.length === 0) return <span className="text-faint">No model is available right now.</span>
  return usable.map((one) => <Button key={nameOf(one)} size="small" title={one.purpose} onClick={() => choose(nameOf(one))}>Use {nameOf(one)}</Button>)
}
