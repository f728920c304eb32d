// A call that is allowed for longer than once: for how long is chosen in a menu, and what it would cover is read before
// it is pressed.
import { BellOff, ChevronDown } from "lucide-react"
import { useId, useState } from "react"
import type { Answer } from "../api/types.gen.ts"
import { type GrantChoice, grantAnswer } from "../grants/choices.ts"
import { Button } from "../kit/button.tsx"
import { Field, Input } from "../kit/field.tsx"
import { Menu, MenuItem } from "../kit/menu.tsx"
import { hidesSomething, visible } from "../lib/visible.ts"
import { Covered } from "./covered.tsx"

interface GrantMenuProps {
  choices: GrantChoice[]
  disabled: boolean
  onChoose(choice: GrantChoice): void
}

/** Nothing is sent from here: each of its items leads to what it would cover. */
export function GrantMenu({ choices, disabled, onChoose }: GrantMenuProps) {
  return (
    <Menu
      trigger={
        <Button size="large" className="h-auto min-h-12 px-2 py-1.5 short:min-h-10 @[44rem]:px-5" data-answer="grant" disabled={disabled}>
          <BellOff aria-hidden /><span className="min-w-0 leading-tight whitespace-normal">Don't ask again</span><ChevronDown aria-hidden />
        </Button>
      }
    >
      {choices.map((choice) => <MenuItem key={choice.for} onSelect={() => onChoose(choice)}>{choice.label}…</MenuItem>)}
    </Menu>
  )
}

interface GrantFormProps {
  choice: GrantChoice
  disabled: boolean
  onBack(): void
  send(answer: Answer): void
}

/** Says in full what it would cover. Enter in its field sends nothing: one key allows nothing. */
export function GrantForm({ choice, disabled, onBack, send }: GrantFormProps) {
  const [isWide, setWide] = useState(false)
  const [pattern, setPattern] = useState(choice.wider ?? "")
  const given = isWide ? pattern.trim() : undefined
  return (
    <div role="group" aria-label={choice.label} data-grant={choice.for} className="space-y-3 rounded-xl bg-sunken p-4" onKeyDown={(event) => event.key === "Escape" && onBack()}>
      <p className="text-sm">{choice.confirm}</p>
      {choice.wider === undefined ? <Covered patterns={choice.covers ?? []} /> : (
        <Extent covers={choice.covers ?? []} isWide={isWide} onWide={setWide} pattern={pattern} onPattern={setPattern} />
      )}
      <p className="text-[0.8125rem] text-soft">You can revoke this at any time on the page Grants.</p>
      <div className="flex flex-wrap gap-2">
        <Button look="primary" size="large" disabled={disabled || given === ""} onClick={() => send(grantAnswer(choice.for, given))}>{choice.label}</Button>
        <Button size="large" autoFocus onClick={onBack}>Back</Button>
      </div>
    </div>
  )
}

interface ExtentProps {
  covers: string[]
  isWide: boolean
  onWide(wide: boolean): void
  pattern: string
  onPattern(pattern: string): void
}

/** Exactly this, or all that is like it. */
function Extent({ covers, isWide, onWide, pattern, onPattern }: ExtentProps) {
  const name = useId()
  const radio = (wide: boolean, label: string) => (
    <label className="flex min-h-11 items-center gap-2.5 text-sm font-medium">
      <input type="radio" name={name} className="size-4 accent-accent" checked={isWide === wide} onChange={() => onWide(wide)} />{label}
    </label>
  )
  return (
    <fieldset>
      <legend className="sr-only">What it covers</legend>
      {radio(false, "Exactly this")}
      {!isWide && <Covered patterns={covers} />}
      {radio(true, "Everything that matches a pattern")}
      {isWide && (
        <Field label="Pattern" hint={hidesSomething(pattern) ? visible(pattern) : "* stands for any characters. It has to cover this call."}>
          {(field) => <Input {...field} className="font-mono" autoComplete="off" autoCapitalize="off" spellCheck={false} maxLength={LONGEST_PATTERN} value={pattern} onChange={(event) => onPattern(event.target.value)} />}
        </Field>
      )}
    </fieldset>
  )
}

/** More than anybody reads before allowing it. */
const LONGEST_PATTERN = 500
