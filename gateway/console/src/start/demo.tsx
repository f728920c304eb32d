// The demo of a gateway without a model: a scripted one plays it, at one click. Any other task it only repeats.
import { useNavigate } from "@tanstack/react-router"
import { LoaderCircle, Play } from "lucide-react"
import { useRef, useState } from "react"
import { api, Problem } from "../api/client.ts"
import { Button } from "../kit/button.tsx"
import { Notice } from "../kit/notice.tsx"
import { newKey } from "../lib/key.ts"
import { usePlaces } from "./use-places.ts"

/** Tasks that the scripted model can play: it looks for the scenario that a task names. */
export const SCRIPTED = [
  { label: "Add a greeting", prompt: "Add a greeting to this repository, and check it.\nscenario: demo" },
  { label: "Choose a database", prompt: "Set up a database for this project.\nscenario: question" },
  { label: "Run a command", prompt: "Write a line into a file.\nscenario: bash" },
]

/** Begins the demo in the first place there is. */
export function DemoCard() {
  const { start, starting, problem, where, noPod } = useDemo()
  return (
    <section aria-labelledby="demo" className="rounded-2xl border border-line bg-raised p-5 text-left sm:p-6">
      <h2 id="demo" className="text-lg font-semibold">Try the demo</h2>
      <p className="mt-1 text-sm text-soft">
        It takes a minute: the agent asks you a question, then needs your approval to write a file and to run a command. No model key was found, so a scripted
        model plays the agent; OpenCode and the repository are real.
      </p>
      <Button look="primary" size="large" className="mt-4 w-full sm:w-auto" disabled={starting || !where} onClick={start}>
        {starting ? <LoaderCircle className="animate-spin" aria-hidden /> : <Play aria-hidden />}
        {starting ? "Starting the demo…" : "Try the demo"}
      </Button>
      {noPod && <p role="status" className="mt-2 text-sm text-faint">Waiting for OpenCode to connect…</p>}
      {problem && <div className="mt-4"><Notice tone="error" title={problem.title} alert>{problem.detail}</Notice></div>}
    </section>
  )
}

function useDemo() {
  const { places, noPod } = usePlaces("")
  const [starting, setStarting] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  // Pressed twice it is one session.
  const key = useRef(newKey())
  const navigate = useNavigate()
  const where = noPod ? undefined : (places.find(({ project }) => !project) ?? places[0])?.directory
  const start = async () => {
    if (!where || starting) return
    setStarting(true)
    setProblem(undefined)
    try {
      const { prompt } = SCRIPTED[0]!
      const { id } = await api.start({ directory: where, title: "Add a greeting", prompt }, key.current)
      await navigate({ to: "/sessions/$id", params: { id } })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (!error.unreached) key.current = newKey()
      setProblem(error)
    } finally {
      setStarting(false)
    }
  }
  return { start, starting, problem, where, noPod }
}

/** In the form of a demo: what the scripted model makes of tasks. */
export function ScriptedTasks({ prompt, choose }: { prompt: string; choose(prompt: string): void }) {
  const scripted = /(^|\n)\s*(scenario|script):/.test(prompt)
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap gap-2" role="group" aria-label="Tasks of the demo">
        {SCRIPTED.map((task) => (
          <Button key={task.label} size="small" aria-pressed={prompt === task.prompt} className="aria-pressed:border-accent aria-pressed:text-accent-ink" onClick={() => choose(task.prompt)}>{task.label}</Button>
        ))}
      </div>
      <p className="text-[0.8125rem] text-faint">
        This is a demo with a scripted model. {scripted ? "It plays this task." : "It can play these tasks, and repeats anything else (“You said: …”)."}
      </p>
    </div>
  )
}
