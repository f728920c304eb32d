// A schema as a list of fields; what it refers to opens where it stands.
import { createContext, useContext } from "react"
import { limits, named, typeWords, type Schema } from "./document.ts"

/** The document's named schemas. */
export const Named = createContext<Record<string, Schema>>({})

/** Deeper than this nobody reads, and types may hold themselves. */
const DEEPEST = 6

export function SchemaView({ schema, depth = 0 }: { schema: Schema | boolean; depth?: number }) {
  const all = useContext(Named)
  if (typeof schema === "boolean") return null
  const name = named(schema)
  const real = name ? all[name] : schema
  if (!real || depth > DEEPEST) return <Words schema={schema} />
  const choices = real.oneOf ?? real.anyOf
  return (
    <div className="min-w-0 text-[0.8125rem]">
      {name && depth === 0 && <p className="mb-1 font-mono text-xs text-soft">{name}</p>}
      {real.description && <p className="mb-1 text-faint">{real.description}</p>}
      {real.allOf?.map((part, at) => <SchemaView key={at} schema={part} depth={depth + 1} />)}
      {choices && <Choices choices={choices} depth={depth} />}
      {real.properties && <Fields schema={real} depth={depth} />}
      {real["x-event"] && <SchemaView schema={real["x-event"]} depth={depth} />}
      {!real.properties && !choices && !real.allOf && !real["x-event"] && <Items schema={real} depth={depth} />}
    </div>
  )
}

function Words({ schema }: { schema: Schema }) {
  return <span className="font-mono text-xs break-words text-soft">{[typeWords(schema), limits(schema)].filter(Boolean).join(", ")}</span>
}

function Items({ schema, depth }: { schema: Schema; depth: number }) {
  return (
    <>
      <Words schema={schema} />
      {schema.items && <SchemaView schema={schema.items} depth={depth + 1} />}
    </>
  )
}

function Choices({ choices, depth }: { choices: Schema[]; depth: number }) {
  return (
    <div className="my-1">
      <p className="text-2xs font-medium tracking-wide text-faint uppercase">One of</p>
      <ul className="space-y-2 border-l-2 border-line pl-3">
        {choices.map((choice, at) => <li key={at}><Inside schema={choice} depth={depth + 1} /></li>)}
      </ul>
    </div>
  )
}

function Fields({ schema, depth }: { schema: Schema; depth: number }) {
  return (
    <dl className="divide-y divide-line">
      {Object.entries(schema.properties ?? {}).map(([name, field]) => (
        <div key={name} className="py-1.5">
          <dt className="flex flex-wrap items-baseline gap-x-2">
            <code className="font-mono text-[0.8125rem] font-semibold break-all">{name}</code>
            {typeof field !== "boolean" && <Words schema={field} />}
            {!schema.required?.includes(name) && <span className="text-2xs text-faint">optional</span>}
          </dt>
          <dd className="min-w-0 text-faint">
            {typeof field !== "boolean" && !named(field) && field.description}
            {typeof field !== "boolean" && <Deeper field={field} depth={depth + 1} />}
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** What a field holds, when that has fields of its own. */
function Deeper({ field, depth }: { field: Schema; depth: number }) {
  const held = [field, field.items, ...(field.anyOf ?? [])].find((one) => typeof one === "object" && (one.$ref || one.properties))
  return typeof held === "object" ? <Inside schema={held} depth={depth} /> : null
}

/** A named schema opens by a tap; one without a name is shown at once. */
function Inside({ schema, depth }: { schema: Schema; depth: number }) {
  const name = named(schema)
  if (!name || depth > DEEPEST) return <SchemaView schema={schema} depth={depth} />
  return (
    <details className="group mt-1">
      <summary className="cursor-pointer py-1 font-mono text-xs text-accent-ink">{name}</summary>
      <Opened schema={schema} depth={depth} />
    </details>
  )
}

function Opened({ schema, depth }: { schema: Schema; depth: number }) {
  return <div className="border-l-2 border-line pl-3"><SchemaView schema={schema} depth={depth} /></div>
}
