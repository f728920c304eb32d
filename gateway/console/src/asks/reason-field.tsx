// Where a person says why.
import type { KeyboardEvent } from "react"
import { useLimits } from "../api/vocabulary.ts"
import { Field, Textarea } from "../kit/field.tsx"

interface ReasonFieldProps {
  label: string
  value: string
  placeholder?: string
  onChange(value: string): void
  onBack(): void
  /** What else a key does. */
  onKey?(event: KeyboardEvent<HTMLTextAreaElement>): void
}

export function ReasonField({ label, value, placeholder, onChange, onBack, onKey }: ReasonFieldProps) {
  const limits = useLimits()
  return (
    <Field label={label}>
      {(field) => (
        <Textarea
          {...field}
          autoFocus
          rows={2}
          className="min-h-20 short:min-h-12"
          maxLength={limits?.reason}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") onBack()
            onKey?.(event)
          }}
          placeholder={placeholder}
        />
      )}
    </Field>
  )
}
