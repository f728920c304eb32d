// Checks of the session: run them, see how they stand, which tests failed, and what was printed.
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { CircleCheck, CircleDashed, CircleHelp, CircleX, CircleStop, FlaskConical, GitCompareArrows, LoaderCircle, Play, TriangleAlert } from "lucide-react"
import { useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { CheckRun, CheckSpec, SessionCard } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { classes } from "../kit/classes.ts"
import { Dialog } from "../kit/dialog.tsx"
import { Loading, Notice } from "../kit/notice.tsx"
import { duration, useNow } from "../lib/time.ts"
import { visible } from "../lib/visible.ts"
import { Output } from "./output.tsx"

type Verdict = NonNullable<CheckRun["end"]>["verdict"]

const LOOKS: Record<Verdict, { word: string; look: string; Icon: typeof CircleX }> = {
  passed: { word: "Passed", look: "text-good", Icon: CircleCheck },
  failed: { word: "Failed", look: "text-bad", Icon: CircleX },
  unclear: { word: "Result unclear", look: "text-warn", Icon: CircleHelp },
  no_tests: { word: "No tests", look: "text-faint", Icon: CircleDashed },
  missing_dependencies: { word: "Dependencies missing", look: "text-warn", Icon: TriangleAlert },
  timed_out: { word: "Timed out", look: "text-bad", Icon: CircleX },
  stopped: { word: "Stopped", look: "text-faint", Icon: CircleStop },
  interrupted: { word: "Interrupted", look: "text-warn", Icon: TriangleAlert },
  skipped: { word: "Skipped", look: "text-faint", Icon: CircleDashed },
}

export function Checks({ card }: { card: SessionCard }) {
  const runs = card.checks ?? []
  const { attempt, busy, problem } = useAttempt(card.session)
  const { data, error, isPending } = useQuery({
    // Looked at anew when the agent does something else than before: it may have written the first test.
    queryKey: ["checks", card.session, card.doing],
    queryFn: () => api.checks(card.session),
    enabled: card.online,
    placeholderData: (before) => before,
    retry: false,
  })
  const running = runs.some(({ end }) => !end)
  const offered = data?.offered ?? []
  const never = offered.filter((spec) => !runs.some((run) => run.spec.name === spec.name))
  const dead = !card.online || busy || card.doing === "ended"
  if (runs.length === 0 && !card.online) return <p className="text-[0.8125rem] text-faint">Agent offline; checks can't run right now.</p>
  return (
    <>
      <ul className="space-y-3">
        {runs.map((run) => <Run key={run.id} run={run} session={card.session} dead={dead || running} onRun={(before) => attempt(() => api.runChecks(card.session, [run.spec.name], before))} />)}
        {never.map((spec) => (
          <li key={spec.name} className="flex items-center gap-2 text-sm text-soft">
            <FlaskConical className="size-4 shrink-0 text-faint" aria-hidden />
            <Name spec={spec} />
            <RunOne spec={spec} dead={dead || running} onRun={(before) => attempt(() => api.runChecks(card.session, [spec.name], before))} />
          </li>
        ))}
      </ul>
      {!isPending && offered.length === 0 && runs.length === 0 && !error && <p className="text-[0.8125rem] text-faint">{data?.not_looked ? visible(data.not_looked) : "No tests found in this session's directory"}</p>}
      {error && <p className="text-[0.8125rem] text-bad">{error instanceof Problem ? error.detail : "Checks couldn't be loaded."}</p>}
      <div className="mt-2.5 flex gap-2">
        {running
          ? <Button size="small" disabled={busy || !card.online} onClick={() => attempt(() => api.stopChecks(card.session))}><CircleStop aria-hidden />Stop checks</Button>
          : offered.length > 0 && <Button size="small" disabled={dead} onClick={() => attempt(() => api.runChecks(card.session, []))}><Play aria-hidden />Run tests</Button>}
      </div>
      {problem && <div className="mt-2"><Notice tone="error" alert>{problem.detail}</Notice></div>}
    </>
  )
}

/** What it runs is told in full: the script is the agent's. */
function Name({ spec }: { spec: CheckSpec }) {
  const runs = spec.script ?? (spec.work.does === "run" ? spec.work.command : spec.work.url)
  return (
    <span className="min-w-0 flex-1">
      <span className="block truncate" title={visible(spec.name)}>{visible(spec.name)}</span>
      {runs !== spec.name && <span className="block truncate font-mono text-2xs text-faint" title={visible(runs)}>{visible(runs)}</span>}
    </span>
  )
}

function RunOne({ spec, dead, onRun }: { spec: CheckSpec; dead: boolean; onRun(before: boolean): void }) {
  const compares = spec.kind === "unit" && spec.work.does === "run"
  const name = visible(spec.name)
  return (
    <span className="flex shrink-0">
      {compares && <Button look="quiet" size="icon" disabled={dead} aria-label={`Compare ${name} before and after the change`} title="Before and after the change" onClick={() => onRun(true)}><GitCompareArrows /></Button>}
      <Button look="quiet" size="icon" disabled={dead} aria-label={`Run ${name}`} title="Run" onClick={() => onRun(false)}><Play /></Button>
    </span>
  )
}

function Run({ run, session, dead, onRun }: { run: CheckRun; session: string; dead: boolean; onRun(before: boolean): void }) {
  const [opened, setOpened] = useState(false)
  const { end, spec } = run
  return (
    <li className="text-sm" data-check={visible(spec.name)}>
      <div className="flex items-start gap-2">
        <Standing run={run} />
        <div className="min-w-0 flex-1"><Name spec={spec} /></div>
        {!run.before && <RunOne spec={spec} dead={dead} onRun={onRun} />}
      </div>
      <div className="mt-0.5 space-y-1 pl-6 text-[0.8125rem] text-soft">
        {run.before && <p>Before the change</p>}
        {end ? <Ended end={end} /> : <UnderWay run={run} />}
        {end?.printed_bytes ? <Button look="quiet" size="small" className="-ml-2" onClick={() => setOpened(true)}>Output</Button> : null}
      </div>
      <Dialog wide open={opened} onClose={() => setOpened(false)} title={visible(spec.name)}>{opened && <Printed session={session} run={run} />}</Dialog>
    </li>
  )
}

function Standing({ run: { end } }: { run: CheckRun }) {
  if (!end) return <LoaderCircle className="mt-0.5 size-4 shrink-0 animate-spin text-accent-ink motion-reduce:animate-none" aria-hidden />
  const { look, Icon } = LOOKS[end.verdict] ?? LOOKS.unclear
  return <Icon className={classes("mt-0.5 size-4 shrink-0", look)} aria-hidden />
}

function UnderWay({ run }: { run: CheckRun }) {
  const now = useNow(run.started_at != null)
  if (run.stopped_by) return <p>Stopping…</p>
  if (!run.started_at) return <p>Waiting for its turn</p>
  return <p role="status">Running<span aria-hidden> · {duration(Math.max(0, now - new Date(run.started_at).getTime()))}</span></p>
}

function Ended({ end }: { end: NonNullable<CheckRun["end"]> }) {
  const { report, verdict, why, code } = end
  const { word, look } = LOOKS[verdict] ?? LOOKS.unclear
  const named = report?.failures ?? []
  const more = (report?.failed ?? 0) - named.length
  const counts = report ? `${report.passed}/${report.passed + report.failed} passing${report.skipped > 0 ? `, ${report.skipped} skipped` : ""}` : undefined
  return (
    <>
      <p><span className={classes("font-medium", look)}>{word}</span>{counts && ` · ${counts}`}{end.took_ms > 0 && ` · ${duration(end.took_ms)}`}</p>
      {named.length > 0 && (
        <ul aria-label="Tests that failed" className="list-disc space-y-0.5 pl-4 text-bad">
          {named.map((name) => <li key={name} className="break-words">{visible(name)}</li>)}
          {more > 0 && <li>and {more} more</li>}
        </ul>
      )}
      {why && <p className="break-words">{visible(why)}</p>}
      {code?.commit && <p className="text-2xs text-faint">On <span className="font-mono">{code.commit.slice(0, 8)}</span>{code.uncommitted && " with uncommitted changes"}{code.changed_meanwhile && "; files changed while it ran"}</p>}
    </>
  )
}

function Printed({ session, run }: { session: string; run: CheckRun }) {
  const { data, error } = useQuery({ queryKey: ["check-output", session, run.id], queryFn: () => api.fileText(api.checkOutputAddress(session, run.id)), retry: false, staleTime: Infinity })
  if (error) return <Notice tone="error" alert>{error instanceof Problem ? error.detail : "The output couldn't be loaded."}</Notice>
  if (data === undefined) return <Loading what="the output" />
  const cut = (run.end?.printed_bytes ?? 0) > data.length
  return (
    <div className="space-y-2">
      {cut && <p className="text-[0.8125rem] text-faint">The end of what it printed</p>}
      <Output text={data} />
      {run.end?.digest && <p className="text-2xs break-all text-faint">SHA-256 of all of it: <span className="font-mono">{run.end.digest}</span></p>}
    </div>
  )
}

function useAttempt(session: string) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const known = useQueryClient()
  const attempt = (deed: () => Promise<unknown>) => {
    if (busy) return
    setBusy(true)
    setProblem(undefined)
    const failed = (error: unknown) => {
      if (!(error instanceof Problem)) throw error
      setProblem(error)
    }
    void deed().catch(failed).finally(() => {
      setBusy(false)
      void known.invalidateQueries({ queryKey: ["checks", session] })
    })
  }
  return { attempt, busy, problem }
}
