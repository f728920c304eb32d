// One route of the API: what it takes, and what may come of it.
import { useContext } from "react"
import { classes } from "../kit/classes.ts"
import { Markdown } from "../markdown/markdown.tsx"
import { limits, typeWords, type Answer, type Parameter, type Route, type Schema } from "./document.ts"
import { curl } from "./example.ts"
import { Named, SchemaView } from "./schema-view.tsx"

export function RouteView({ route }: { route: Route }) {
  const body = Object.entries(route.requestBody?.content ?? {})[0]
  const all = useContext(Named)
  return (
    <details id={route.operationId} className="scroll-mt-4 border-t border-line last:border-b">
      <summary className="flex cursor-pointer flex-wrap items-baseline gap-x-3 gap-y-1 py-3 hover:bg-sunken">
        <Method name={route.method} />
        <code className="min-w-0 font-mono text-[0.8125rem] break-all">{route.path}</code>
        <span className="basis-full text-sm text-soft sm:basis-auto">{route.summary}</span>
      </summary>
      <div className="space-y-5 pb-6 sm:pl-16">
        {route.description && <Markdown text={route.description} />}
        {route.security.length === 0 && <p className="text-[0.8125rem] text-faint">No authentication required.</p>}
        {route.parameters && <Part title="Parameters">{route.parameters.map((one) => <ParameterView key={one.in + one.name} parameter={one} />)}</Part>}
        {body && <Part title={`Body, ${body[0]}`}><SchemaView schema={body[1].schema} /></Part>}
        <Part title="Example"><pre className="overflow-x-auto rounded-lg bg-sunken px-3 py-2 font-mono text-xs">{curl(route, all, location.origin)}</pre></Part>
        <Part title="Responses">{Object.entries(route.responses).map(([status, answer]) => <AnswerView key={status} status={status} answer={answer} />)}</Part>
      </div>
    </details>
  )
}

function Method({ name }: { name: string }) {
  return <span className={classes("w-13 shrink-0 text-2xs font-semibold tracking-wide", name === "GET" ? "text-good" : "text-accent-ink")}>{name}</span>
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section>
      <h4 className="mb-1 text-2xs font-medium tracking-wide text-faint uppercase">{title}</h4>
      {children}
    </section>
  )
}

function ParameterView({ parameter }: { parameter: Parameter }) {
  const { name, schema, required, description } = parameter
  const kind = [typeWords(schema), limits(schema)].filter(Boolean).join(", ")
  return (
    <div className="py-1 text-[0.8125rem]">
      <p className="flex flex-wrap items-baseline gap-x-2">
        <code className="font-mono font-semibold break-all">{name}</code>
        <span className="text-xs text-soft">{parameter.in}, {kind}</span>
        {!required && <span className="text-2xs text-faint">optional</span>}
      </p>
      {description && <p className="text-faint">{description}</p>}
    </div>
  )
}

function AnswerView({ status, answer }: { status: string; answer: Answer }) {
  const content = Object.entries(answer.content ?? {})[0]
  // Every refusal is the same kind of document.
  const shown: Schema | undefined = status.startsWith("2") ? content?.[1].schema : undefined
  return (
    <div className="py-1 text-[0.8125rem]">
      <p className="flex flex-wrap items-baseline gap-x-2">
        <span className={classes("font-mono font-semibold tabular-nums", status.startsWith("2") ? "text-good" : "text-soft")}>{status}</span>
        <span>{answer.description}</span>
        {content && <span className="text-xs text-faint">{content[0]}</span>}
      </p>
      {shown && <div className="mt-1 border-l-2 border-line pl-3"><SchemaView schema={shown} /></div>}
    </div>
  )
}
