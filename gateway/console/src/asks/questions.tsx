// Questions with their options as buttons, and a way to answer in own words.
import { Check, PencilLine } from "lucide-react"
import { useId, useState } from "react"
import type { Answer, OptionDisplay, QuestionDisplay } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { classes } from "../kit/classes.ts"
import { Field, Input } from "../kit/field.tsx"

interface QuestionsProps {
  questions: QuestionDisplay[]
  disabled: boolean
  send(answer: Answer): void
}

interface Picked {
  labels: string[]
  own: string
}

export function Questions({ questions, disabled, send }: QuestionsProps) {
  const [picked, setPicked] = useState<Picked[]>(() => questions.map(() => ({ labels: [], own: "" })))
  const single = questions.length === 1 && !questions[0]?.multiple
  const answers = picked.map(({ labels, own }) => (own.trim() ? [...labels, own.trim()] : labels))
  const complete = answers.every((labels) => labels.length > 0)
  const set = (at: number, next: Picked) => setPicked(picked.map((one, n) => (n === at ? next : one)))
  const submit = () => complete && !disabled && send({ answer: "answers", answers })
  return (
    <div className="space-y-6">
      {questions.map((question, at) => (
        <OneQuestion
          key={at}
          question={question}
          picked={picked[at]!}
          disabled={disabled}
          onPick={(next) => set(at, next)}
          onEnter={submit}
          // One choice is one tap.
          onTap={single ? (label) => send({ answer: "answers", answers: [[label]] }) : undefined}
        />
      ))}
      {(!single || picked[0]?.own.trim()) && (
        <Button look="primary" size="large" className="max-sm:w-full" disabled={disabled || !complete} onClick={submit}>
          Answer
        </Button>
      )}
    </div>
  )
}

interface OneQuestionProps {
  question: QuestionDisplay
  picked: Picked
  disabled: boolean
  onPick(next: Picked): void
  onTap?(label: string): void
  onEnter(): void
}

function OneQuestion({ question, picked, disabled, onPick, onTap, onEnter }: OneQuestionProps) {
  const id = useId()
  const toggle = (label: string) => {
    const has = picked.labels.includes(label)
    if (question.multiple) onPick({ ...picked, labels: has ? picked.labels.filter((one) => one !== label) : [...picked.labels, label] })
    else onPick({ labels: has ? [] : [label], own: "" })
  }
  return (
    <fieldset className="space-y-3" aria-labelledby={id}>
      <p id={id} data-what tabIndex={0} className="sticky top-0 z-10 max-h-[min(18rem,35dvh)] overflow-y-auto short:max-h-[24dvh] bg-raised py-1 font-medium break-words whitespace-pre-wrap">{question.question}</p>
      {question.multiple && <p className="text-[0.8125rem] text-faint">Select one or more.</p>}
      <div className="grid gap-2">
        {question.options.map((option) => (
          <Option
            key={option.value}
            option={option}
            chosen={picked.labels.includes(option.value)}
            disabled={disabled}
            pressed={onTap ? undefined : picked.labels.includes(option.value)}
            onPress={() => (onTap ? onTap(option.value) : toggle(option.value))}
          />
        ))}
      </div>
      <OwnWords
        value={picked.own}
        disabled={disabled}
        onChange={(own) => onPick({ labels: question.multiple ? picked.labels : own.trim() ? [] : picked.labels, own })}
        onEnter={onEnter}
      />
    </fieldset>
  )
}

interface OptionProps {
  option: OptionDisplay
  chosen: boolean
  disabled: boolean
  pressed?: boolean
  onPress(): void
}

function Option({ option: { label, means, recommended }, chosen, disabled, pressed, onPress }: OptionProps) {
  return (
    <button
      type="button"
      disabled={disabled}
      aria-pressed={pressed}
      onClick={onPress}
      className={classes(
        "flex min-h-13 w-full items-center gap-3 rounded-xl border px-4 py-2.5 text-left transition-colors disabled:opacity-50",
        chosen ? "border-accent bg-accent-wash" : "border-line bg-raised hover:bg-sunken",
      )}
    >
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5 font-medium">
          <span className="break-words">{label}</span>
          {recommended && <span className="rounded-full bg-accent-wash px-2 text-2xs leading-5 font-semibold text-accent-ink">Recommended</span>}
        </span>
        {means && <span className="block text-[0.8125rem] break-words text-soft">{means}</span>}
      </span>
      {chosen && <Check className="size-4 shrink-0 text-accent-ink" aria-hidden />}
    </button>
  )
}

function OwnWords({ value, disabled, onChange, onEnter }: { value: string; disabled: boolean; onChange(value: string): void; onEnter(): void }) {
  const [opened, setOpened] = useState(false)
  if (!opened) {
    return <Button look="quiet" size="normal" className="-ml-3" disabled={disabled} onClick={() => setOpened(true)}><PencilLine aria-hidden />Write your own answer</Button>
  }
  return (
    <Field label="In your own words">
      {(field) => (
        <Input
          {...field}
          autoFocus
          value={value}
          disabled={disabled}
          maxLength={4000}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={(event) => event.key === "Enter" && (event.preventDefault(), onEnter())}
        />
      )}
    </Field>
  )
}
