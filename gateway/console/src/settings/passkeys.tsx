// This person's passkeys: adding one, naming it, and taking it away.
import { useQueryClient } from "@tanstack/react-query"
import { KeyRound } from "lucide-react"
import { useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { OwnPasskeys, PasskeyView, TouchWanted } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Elsewhere } from "../kit/elsewhere.tsx"
import { Field, Input } from "../kit/field.tsx"
import { Notice } from "../kit/notice.tsx"
import { elsewhere, makePasskey, PasskeyProblem, touch } from "../lib/passkey.ts"
import { ago } from "../lib/time.ts"
import { PASSKEYS } from "../lib/use-passkeys.ts"
import { useMe } from "../shell/app-shell.tsx"

export function Passkeys({ own }: { own: OwnPasskeys }) {
  const { run, busy, problem } = useSteps()
  const [confirm, setConfirm] = useState<TouchWanted>()
  const here = elsewhere(own.origin)
  return (
    <div className="space-y-3 text-sm">
      <p className="text-soft">With a passkey you sign an approval yourself, in your device. Anyone can check that later without trusting the gateway.</p>
      {problem && <Notice tone="error" alert>{problem}</Notice>}
      <PasskeyList passkeys={own.passkeys} disabled={busy || here !== undefined} onRemove={(passkey) => void run(() => remove(passkey))} />
      {here && <Elsewhere words={here.words} url={here.url} />}
      {!here && own.why_not && <Notice>{own.why_not}</Notice>}
      {!here && !own.why_not && !confirm && <Add disabled={busy} onAdd={(name, person) => void run(async () => setConfirm(await add(name, person)))} />}
      {!here && confirm && <Confirm disabled={busy} onConfirm={() => void run(async () => (await confirmNew(confirm), setConfirm(undefined)))} onBack={() => setConfirm(undefined)} />}
    </div>
  )
}

function PasskeyList({ passkeys, disabled, onRemove }: { passkeys: PasskeyView[]; disabled: boolean; onRemove(passkey: PasskeyView): void }) {
  if (passkeys.length === 0) return null
  return (
    <ul aria-label="Passkeys" className="space-y-2">
      {passkeys.map((passkey) => (
        <li key={passkey.id} className="flex flex-wrap items-center justify-between gap-3 rounded-xl border border-line bg-raised px-4 py-3">
          <div className="flex min-w-0 gap-3">
            <KeyRound className="mt-0.5 size-4 shrink-0 text-soft" aria-hidden />
            <div className="min-w-0">
              <p className="font-medium break-words">{passkey.name}</p>
              <p className="text-[0.8125rem] text-faint">Added {ago(passkey.created)}; {passkey.last_used ? `last used ${ago(passkey.last_used)}` : "not used yet"}{passkey.synced && "; synced between your devices"}</p>
            </div>
          </div>
          <Button size="small" disabled={disabled} aria-label={`Remove the passkey ${passkey.name}`} onClick={() => onRemove(passkey)}>Remove</Button>
        </li>
      ))}
    </ul>
  )
}

function Add({ disabled, onAdd }: { disabled: boolean; onAdd(name: string, person: string): void }) {
  const [name, setName] = useState("")
  const person = useMe().data?.person.name ?? ""
  const given = name.trim() || "Passkey"
  return (
    <form className="flex flex-wrap items-end gap-3" onSubmit={(event) => (event.preventDefault(), onAdd(given, person), setName(""))}>
      <div className="min-w-0 flex-1 basis-52">
        <Field label="Name of the passkey" optional>
          {(field) => <Input {...field} value={name} maxLength={64} placeholder="Laptop" onChange={(event) => setName(event.target.value)} />}
        </Field>
      </div>
      <Button look="primary" type="submit" disabled={disabled}><KeyRound aria-hidden />Add a passkey</Button>
    </form>
  )
}

/** A second click, since browsers want one for each touch. */
function Confirm({ disabled, onConfirm, onBack }: { disabled: boolean; onConfirm(): void; onBack(): void }) {
  return (
    <Notice
      title="One more touch"
      action={<div className="flex flex-wrap gap-2"><Button look="primary" size="small" disabled={disabled} onClick={onConfirm}>Confirm with an older passkey</Button><Button size="small" onClick={onBack}>Cancel</Button></div>}
    >
      You have a passkey already. Use it to confirm that the new one is yours too; until then the new one doesn't count.
    </Notice>
  )
}

async function add(name: string, person: string): Promise<TouchWanted | undefined> {
  const { confirm } = await api.addPasskey(await makePasskey(await api.newPasskey(), person, name))
  return confirm
}

async function confirmNew(wanted: TouchWanted) {
  await api.confirmPasskey(await touch(wanted))
}

/** Who has just signed in with their provider needs no touch: the key may be lost. */
async function remove({ id }: PasskeyView) {
  try {
    await api.removePasskey(id)
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 403) throw error
    await api.removePasskey(id, await touch(await api.removal(id)))
  }
}

function useSteps() {
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const run = async (steps: () => Promise<unknown>) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await steps()
    } catch (error) {
      if (error instanceof PasskeyProblem) setProblem(error.message)
      else if (error instanceof Problem) setProblem(error.detail)
      else throw error
    } finally {
      await queries.invalidateQueries({ queryKey: PASSKEYS })
      setBusy(false)
    }
  }
  return { run, busy, problem }
}
