// What must be known before a session may write.
import { type FormEvent, useState } from "react"
import type { Answer, Field as AskedField } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { visible } from "../lib/visible.ts"
import { Field, Input, Select } from "../kit/field.tsx"

interface ConfigurationProps {
  fields: AskedField[]
  disabled: boolean
  send(answer: Answer): void
}

export function Configuration({ fields, disabled, send }: ConfigurationProps) {
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(fields.map((field) => [field.name, field.suggestion ?? ""])),
  )
  const missing = fields.some((field) => field.required && !values[field.name]?.trim())
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const given = Object.entries(values).filter(([, value]) => value.trim() !== "")
    if (!missing && !disabled) send({ answer: "configured", values: Object.fromEntries(given.map(([name, value]) => [name, value.trim()])) })
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      {fields.map((field) => (
        <OneField key={field.name} field={field} value={values[field.name] ?? ""} onChange={(value) => setValues({ ...values, [field.name]: value })} />
      ))}
      <div className="grid gap-2 sm:flex">
        <Button type="submit" look="primary" size="large" disabled={disabled || missing}>Save and continue</Button>
        <Button look="danger" size="large" disabled={disabled} onClick={() => send({ answer: "deny", reason: null })}>Deny</Button>
      </div>
    </form>
  )
}

function OneField({ field, value, onChange }: { field: AskedField; value: string; onChange(value: string): void }) {
  return (
    <Field label={visible(field.label)} optional={!field.required}>
      {(props) =>
        field.options?.length && !field.multiple ? (
          <Select {...props} value={value} onChange={(event) => onChange(event.target.value)}>
            {!field.options.includes(value) && <option value="">Choose…</option>}
            {field.options.map((option) => <option key={option} value={option}>{visible(option)}</option>)}
          </Select>
        ) : (
          <Input {...props} value={value} onChange={(event) => onChange(event.target.value)} />
        )
      }
    </Field>
  )
}
