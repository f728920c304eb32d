// Calls of the gateway's API. What goes wrong comes back as a Problem with a sentence for the person.
import { personHeader } from "../lib/person.ts"
import type {
  Answer, Ask, AuditEntry, AuditFilter, Changes, Choices, Inference, Me, NewFile, NewSession, Pod, Project, RawSession, Repository, Routing, StartView, Verdict,
} from "./types.ts"

const BASE = "/api/v1"

/** The longest a change may wait for its confirmation; the gateway itself gives up after 10 s. */
const PATIENCE_MS = 20_000

/** A workspace of a large repository, or one that a command makes, may take minutes. */
const WORKSPACE_MS = 10 * 60_000

/** Time for what is sent, on a phone with a poor connection (64 KiB/s). */
function patienceFor(files: NewFile[]): number {
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0)
  return PATIENCE_MS + (bytes / (64 * 1024)) * 1000
}

export class Problem extends Error {
  constructor(
    /** 0: the gateway was not reached, so nobody knows whether it took what was sent. */
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    /** At a limit: the sessions that count. */
    readonly running: { session: string; title: string }[] = [],
  ) {
    super(detail)
  }

  get unreached(): boolean {
    return this.status === 0
  }
}

const UNREACHED = () =>
  new Problem(0, "No connection", "Can't reach the gateway. Nothing was lost; try again in a moment.")

async function call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}, patience = PATIENCE_MS): Promise<T> {
  const response = await fetch(BASE + path, {
    method,
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...personHeader(),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(patience),
  }).catch(() => {
    throw UNREACHED()
  })
  if (!response.ok) throw await problemOf(response)
  if (response.status === 204) return undefined as T
  return response.json().catch(() => {
    throw UNREACHED()
  })
}

export async function problemOf(response: Response): Promise<Problem> {
  const told = await response.json().catch(() => ({}))
  const title = typeof told.title === "string" ? told.title : `The gateway answered ${response.status}`
  const detail = typeof told.detail === "string" ? told.detail : "No reason given. Check the gateway's log."
  // A proxy in between speaks for a gateway that is not there.
  const gone = response.status === 502 || response.status === 503 || response.status === 504
  if (gone && told.title === undefined) return UNREACHED()
  return new Problem(response.status, title, detail, Array.isArray(told.running) ? told.running : [])
}

const id = encodeURIComponent

/** What is empty is not asked about. */
function given(query: Record<string, string | number | undefined>): URLSearchParams {
  const said = Object.entries(query).filter(([, value]) => value !== undefined && value !== "")
  return new URLSearchParams(said.map(([name, value]) => [name, String(value)]))
}

/** A whole list, page by page. */
async function list<T>(path: string): Promise<T[]> {
  const all: T[] = []
  let after = ""
  for (;;) {
    const page = await call<{ items: T[]; next?: string }>("GET", `${path}?limit=500${after}`)
    all.push(...page.items)
    if (page.next === undefined) return all
    after = `&after=${id(page.next)}`
  }
}

export type Steer = "pause" | "resume" | "retry" | "abort" | "close" | "reopen"

export const api = {
  me: () => call<Me>("GET", "/me"),
  pods: () => call<Pod[]>("GET", "/bridge"),
  projects: () => call<{ projects: Project[]; directories?: Repository[] }>("GET", "/projects"),
  routing: (task: { title: string; description: string; project?: string; pod?: string; directory?: string }) => call<Routing | null>("GET", `/routing?${given(task)}`),
  choices: (pod?: string, directory?: string) => call<Choices>("GET", `/choices?${given({ pod, directory })}`),
  infer: (title: string) => call<Inference>("GET", `/projects/infer?title=${id(title)}`),
  rename: (session: string, title: string) => call<undefined>("POST", `/sessions/${id(session)}/rename`, { title }),
  chooseModel: (session: string, model: { provider: string; model: string }) => call<Verdict>("POST", `/sessions/${id(session)}/model`, model),
  chooseAgent: (session: string, agent: string) => call<Verdict>("POST", `/sessions/${id(session)}/agent`, { agent }),
  startView: (key: string) => call<StartView>("GET", `/starts/${id(key)}`),
  sessions: () => list<RawSession>("/sessions"),
  start: (session: NewSession, key: string) =>
    // Under its own word, by which its progress is asked for, as well as once.
    call<{ id: string }>("POST", "/sessions", { ...session, key }, { "idempotency-key": key }, patienceFor(session.files ?? []) + (session.workspace ? WORKSPACE_MS : 0)),
  say: (session: string, text: string, files: NewFile[], key: string) =>
    call<Verdict>("POST", `/sessions/${id(session)}/messages`, { text, key, ...(files.length > 0 ? { files } : {}) }, {}, patienceFor(files)),
  steer: (session: string, to: Steer, key: string) =>
    call<Verdict>("POST", `/sessions/${id(session)}/${to}`, undefined, { "idempotency-key": key }),
  diff: (session: string) => call<Changes>("GET", `/sessions/${id(session)}/diff`),
  /** Where a file of a message is. */
  fileAddress: (session: string, message: string, file: string) => `${BASE}/sessions/${id(session)}/messages/${id(message)}/files/${id(file)}`,
  fileText: (address: string) => fetch(address, { headers: personHeader(), signal: AbortSignal.timeout(PATIENCE_MS) }).then(
    async (response) => (response.ok ? response.text() : Promise.reject(await problemOf(response))),
    () => Promise.reject(UNREACHED()),
  ),
  asks: () => list<Ask>("/asks"),
  ask: (ask: string) => call<Ask>("GET", `/asks/${id(ask)}`),
  answer: (ask: Pick<Ask, "id" | "digest">, answer: Answer) =>
    call<Verdict>("POST", `/asks/${id(ask.id)}/answer`, { ...answer, digest: ask.digest }),
  aside: (ask: string, place: string | undefined) => call<Verdict>("POST", `/asks/${id(ask)}/aside`, place ? { place } : {}),
  audit: (filter: AuditFilter, before?: number, limit?: number) => call<{ entries: AuditEntry[]; next?: number | null }>("GET", `/audit?${given({ ...filter, before, limit })}`),
  signIn: (name: string, token: string) => call<unknown>("POST", "/sign-in", { name, token }),
  signOut: () => call<undefined>("POST", "/sign-out"),
}
