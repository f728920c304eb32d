// Asks once who sits here: answers and messages carry this name.
import { type FormEvent, useState } from "react"
import { Button } from "../kit/button.tsx"
import { Field, Input } from "../kit/field.tsx"
import { isPlainName, namePerson, NOBODY_YET, usePerson } from "../lib/person.ts"

export function Welcome() {
  const { named } = usePerson()
  if (named) return null
  return (
    <div className="mx-3 mb-4 rounded-2xl border border-line bg-raised p-4">
      <p className="font-semibold">What should others call you?</p>
      <p className="mt-0.5 mb-3 text-[0.8125rem] text-soft">Your answers and messages carry this name.</p>
      <NameForm first />
    </div>
  )
}

export function NameForm({ first, onDone }: { first?: boolean; onDone?(): void }) {
  const { name: now } = usePerson()
  const [name, setName] = useState(first ? "" : now)
  const error = name === "" || isPlainName(name.trim()) ? undefined : "Plain letters, digits, spaces and . _ @ - only, at most 64."
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (error) return
    namePerson(name.trim() || NOBODY_YET)
    onDone?.()
  }
  return (
    <form onSubmit={submit} className="space-y-2">
      <Field label="Your name" error={error}>
        {(field) => <Input {...field} value={name} autoComplete="nickname" placeholder={NOBODY_YET} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Button type="submit" look={first ? "primary" : "plain"} disabled={Boolean(error) || (!first && name.trim() === now)}>{first ? "Continue" : "Save"}</Button>
    </form>
  )
}
