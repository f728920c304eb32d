// Who does the work: the agent and the model, with what is suggested and why. Nothing of it is used unless it is taken.
import { useQuery } from "@tanstack/react-query"
import { Sparkles } from "lucide-react"
import { useEffect, useState } from "react"
import { api } from "../api/client.ts"
import type { Model, Routing } from "../api/types.ts"
import { Button } from "../kit/button.tsx"
import { Field, Input } from "../kit/field.tsx"
import { Notice } from "../kit/notice.tsx"
import { modelOf, modelText, type StartForm, titleFrom } from "./form.ts"

const nameOf = (model: Model) => `${model.provider}/${model.model}`

export function Agent({ form, set }: { form: StartForm; set(change: Partial<StartForm>): void }) {
  const routing = useRouting(form)
  const models = useQuery({ queryKey: ["models"], queryFn: api.models, retry: false, staleTime: 20_000 })
  const badModel = form.model.trim() !== "" && !modelOf(form.model)
  return (
    <div className="space-y-3">
      <div className="grid gap-6 sm:grid-cols-2 sm:gap-4">
        <Field label="Agent" optional>
          {(field) => <Input {...field} value={form.agent} spellCheck={false} autoCapitalize="off" onChange={(event) => set({ agent: event.target.value })} placeholder="OpenCode's default" />}
        </Field>
        <Field label="Model" optional error={badModel ? "As provider/model." : undefined}>
          {(field) => <Input {...field} value={form.model} list="models" spellCheck={false} autoCapitalize="off" onChange={(event) => set({ model: event.target.value })} placeholder="OpenCode's default" />}
        </Field>
      </div>
      <datalist id="models">{(models.data ?? []).map((one) => <option key={nameOf(one)} value={nameOf(one)}>{one.purpose}</option>)}</datalist>
      {routing && <Suggested routing={routing} models={models.data ?? []} form={form} set={set} />}
      <Down chosen={form.model.trim()} models={models.data ?? []} choose={(model) => set({ model })} />
    </div>
  )
}

/** Nothing of it is used unless the person takes it. */
function Suggested({ routing, models, form, set }: { routing: Routing; models: Model[]; form: StartForm; set(change: Partial<StartForm>): void }) {
  const model = modelText(routing.model)
  const down = models.find((one) => nameOf(one) === model && one.state === "down")
  const why = typeof routing.model === "object" ? routing.model.because : undefined
  return (
    <div className="flex gap-3 rounded-xl bg-sunken px-4 py-3 text-sm">
      <Sparkles className="mt-0.5 size-4 shrink-0 text-accent-ink" aria-hidden />
      <div className="min-w-0 flex-1 space-y-2.5">
        <p>
          Suggested: <strong className="font-semibold">{routing.agent}</strong> <span className="text-faint">({Math.round(routing.confidence * 100)} % sure{routing.because.length > 0 && `, because of ${routing.because.join(", ")}`})</span>
        </p>
        {model && <p>Model: <strong className="font-semibold">{model}</strong>{why && <span className="text-faint"> ({why})</span>}{down && <span className="text-bad"> is not available: {down.why}</span>}</p>}
        <div className="flex flex-wrap gap-2">
          <Button size="small" disabled={form.agent === routing.agent} onClick={() => set({ agent: routing.agent })}>{form.agent === routing.agent ? "Agent taken" : "Take this agent"}</Button>
          {down && <Others models={models} choose={(chosen) => set({ model: chosen })} />}
          {model && !down && <Button size="small" disabled={form.model === model} onClick={() => set({ model })}>{form.model === model ? "Model taken" : "Take this model"}</Button>}
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
    queryKey: ["routing", asked, form.project],
    queryFn: () => api.routing(asked.title, asked.prompt, form.project),
    enabled: asked.title.length > 3,
    retry: false,
    staleTime: Infinity,
  })
  return data ?? undefined
}

/** A model that is down is never used silently: the start would be refused. */
function Down({ chosen, models, choose }: { chosen: string; models: Model[]; choose(model: string): void }) {
  const down = models.find((one) => nameOf(one) === chosen && one.state === "down")
  if (!down) return null
  return (
    <Notice tone="warning" title={`${chosen} is not available`}>
      <p>{down.why} Choose another one:</p>
      <div className="mt-2 flex flex-wrap gap-2"><Others models={models} choose={choose} /></div>
    </Notice>
  )
}

function Others({ models, choose }: { models: Model[]; choose(model: string): void }) {
  const usable = models.filter((one) => one.state !== "down")
  if (usable.length === 0) return <span className="text-faint">None of the configured models can be used now.</span>
  return usable.map((one) => <Button key={nameOf(one)} size="small" title={one.purpose} onClick={() => choose(nameOf(one))}>Take {nameOf(one)}</Button>)
}
