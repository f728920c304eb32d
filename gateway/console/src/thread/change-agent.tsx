// Another agent or model, from the next message on; after a failure the turn can be tried again with it at once.
import { useEffect, useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { SessionCard } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Dialog } from "../kit/dialog.tsx"
import { Field } from "../kit/field.tsx"
import { Notice } from "../kit/notice.tsx"
import { newKey } from "../lib/key.ts"
import { AgentChoice, ModelChoice, useChoices } from "../start/agent.tsx"
import { modelOf } from "../start/form.ts"

interface ChangeAgentProps {
  card: SessionCard
  open: boolean
  onClose(): void
}

export function ChangeAgent({ card, open, onClose }: ChangeAgentProps) {
  return (
    <Dialog open={open} onClose={onClose} title="Change agent or model">
      <Choosing card={card} onClose={onClose} />
    </Dialog>
  )
}

function Choosing({ card, onClose }: Omit<ChangeAgentProps, "open">) {
  const { data } = useChoices(card.pod, card.directory)
  const [agent, setAgent] = useState("")
  const [model, setModel] = useState("")
  const { change, busy, problem } = useChange(card, onClose)
  useEffect(() => {
    // What is in use is chosen beforehand, unless OpenCode doesn't have it.
    if (!data) return
    if (data.agents.some((one) => one.name === card.agent)) setAgent(card.agent ?? "")
    if (data.models.some((one) => `${one.provider}/${one.model}` === card.model)) setModel(card.model ?? "")
  }, [data])
  const chosen = { agent: agent !== card.agent ? agent : "", model: model !== card.model ? model : "" }
  const wrong = model.trim() !== "" && !modelOf(model)
  const nothing = !chosen.agent && !chosen.model
  return (
    <div className="space-y-4">
      <Field label="Agent">{({ id }) => <AgentChoice id={id} choices={data} value={agent} onChange={setAgent} none="No change" />}</Field>
      <Field label="Model" error={wrong ? "Use the form provider/model." : undefined}>{({ id }) => <ModelChoice id={id} choices={data} value={model} onChange={setModel} none="No change" />}</Field>
      <p className="text-[0.8125rem] text-faint">{card.doing === "failed" ? "Applies when you retry, and to the messages after that." : "Applies from the next message on."}</p>
      {problem && <Notice tone="error" title={problem.title} alert>{problem.detail}</Notice>}
      <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
        <Button onClick={onClose}>Cancel</Button>
        {card.doing === "failed" ? (
          <Button look="primary" disabled={busy || wrong || nothing} onClick={() => change(chosen, true)}>Save and retry</Button>
        ) : (
          <Button look="primary" disabled={busy || wrong || nothing} onClick={() => change(chosen, false)}>Save</Button>
        )}
      </div>
    </div>
  )
}

function useChange(card: SessionCard, onDone: () => void) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const change = async ({ agent, model }: { agent: string; model: string }, retry: boolean) => {
    setBusy(true)
    setProblem(undefined)
    try {
      const named = modelOf(model)
      if (agent) await api.chooseAgent(card.session, agent)
      if (named) await api.chooseModel(card.session, named)
      if (retry) await api.steer(card.session, "retry", newKey())
      onDone()
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  return { change, busy, problem }
}
