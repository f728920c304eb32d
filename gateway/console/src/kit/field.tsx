import { type ComponentProps, type ReactNode, useId } from "react"
import { classes } from "./classes.ts"

interface FieldProps {
  label: string
  hint?: ReactNode
  error?: string
  optional?: boolean
  children(props: { id: string; "aria-describedby": string; "aria-invalid": boolean | undefined }): ReactNode
}

/** A label, its control, and what to know about it. */
export function Field({ label, hint, error, optional, children }: FieldProps) {
  const id = useId()
  return (
    <div className="space-y-1.5">
      <label htmlFor={id} className="flex items-baseline gap-2 text-sm font-medium">
        {label}
        {optional && <span className="text-xs font-normal text-faint">optional</span>}
      </label>
      {children({ id, "aria-describedby": `${id}-more`, "aria-invalid": error ? true : undefined })}
      <div id={`${id}-more`} className="text-[0.8125rem] text-faint empty:hidden">
        {error ? <span className="text-bad">{error}</span> : hint}
      </div>
    </div>
  )
}

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input className={classes("box box-line", className)} {...rest} />
}

export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
  return <textarea className={classes("box box-text", className)} {...rest} />
}

export function Select({ className, ...rest }: ComponentProps<"select">) {
  return <select className={classes("box box-line", className)} {...rest} />
}
