// Sends the form, and tells how the start is getting on.
import { useQuery } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import { useRef, useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { Attachments } from "../kit/attachments.tsx"
import { newKey } from "../lib/key.ts"
import { keepForm, keptForm, type StartForm, type Surroundings, toRequest, missing } from "./form.ts"
import { keepPlace } from "./use-places.ts"

/** Each step as it is taken: routing, workspace, session. */
export function Progress({ start }: { start: string }) {
  const { data } = useQuery({ queryKey: ["starts", start], queryFn: () => api.startView(start), retry: false, refetchInterval: 700 })
  if (!data?.steps.length) return null
  return (
    <ol aria-live="polite" aria-label="Progress" className="space-y-1 rounded-xl bg-sunken px-4 py-3 text-sm">
      {data.steps.slice(-6).map((step, n) => <li key={n} className={step.tone === "error" || step.tone === "warning" ? "text-bad" : undefined}>{step.text}</li>)}
    </ol>
  )
}

export function useStart(form: StartForm, setForm: (form: StartForm) => void, attached: Attachments, around: Surroundings) {
  const [starting, setStarting] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const running = useRef(false)
  const navigate = useNavigate()
  const start = async () => {
    // A second press comes before the button is drawn as disabled.
    if (running.current || missing(form, around)) return
    running.current = true
    setStarting(true)
    setProblem(undefined)
    try {
      const wanted = toRequest(form, attached.files.map(({ name, content }) => ({ name, content })), around.known)
      const { id } = await api.start(wanted, form.key)
      keepPlace(wanted.directory)
      keepForm(undefined)
      attached.clear()
      setForm(keptForm())
      await navigate({ to: "/sessions/$id", params: { id } })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error)
      // Refused for sure, so the next attempt is a new one. Otherwise nobody knows, and the key makes it one session.
      if (error.status >= 400 && error.status < 500) setForm({ ...form, key: newKey() })
    } finally {
      running.current = false
      setStarting(false)
    }
  }
  return { starting, problem, start }
}
