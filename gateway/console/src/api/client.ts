// Calls of the gateway's API. What goes wrong comes back as a Problem with a sentence for the person.
import { personHeader } from "../lib/person.ts"
import type { Answer, DeliveryWish, GivenAssertion, GivenRegistration, NewSession, Operations } from "./types.gen.ts"

const BASE = "/api/v1"

/** The longest a change may wait for its confirmation; the gateway itself gives up after 10 s. */
const PATIENCE_MS = 20_000

/** A workspace of a large repository, or one that a command makes, may take minutes. */
const WORKSPACE_MS = 10 * 60_000

/** An operation of the gateway's own document: what it takes and what it answers is written there. */
type Operation = keyof Operations
type Answered<Id extends Operation> = Operations[Id]["answer"]
type Sent<Id extends Operation> = Operations[Id] extends { body: infer Body } ? Body : undefined
type Asked<Id extends Operation> = Operations[Id] extends { query: infer Query } ? Query : Record<string, never>
type Listed<Id extends Operation> = Answered<Id> extends { items: (infer One)[] } ? One : never

export type NewFile = NonNullable<NewSession["files"]>[number]
/** Which entries are wanted. */
export type AuditFilter = Omit<Asked<"get_audit">, "before" | "limit">

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

async function call<Id extends Operation>(method: string, path: string, body?: Sent<Id>, headers: Record<string, string> = {}, patience = PATIENCE_MS): Promise<Answered<Id>> {
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
  if (response.status === 204) return undefined as Answered<Id>
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
function given<Id extends Operation>(query: Asked<Id>): URLSearchParams {
  const said = Object.entries(query as object).filter(([, value]) => value !== undefined && value !== "")
  return new URLSearchParams(said.map(([name, value]) => [name, String(value)]))
}

/** A whole list, page by page. */
async function list<Id extends "get_asks" | "get_sessions">(path: string): Promise<Listed<Id>[]> {
  const all: Listed<Id>[] = []
  let after = ""
  for (;;) {
    const page = await call<Id>("GET", `${path}?limit=500${after}`)
    all.push(...(page.items as Listed<Id>[]))
    if (page.next === undefined) return all
    after = `&after=${id(page.next)}`
  }
}

export type Steer = "pause" | "resume" | "retry" | "abort" | "close" | "reopen"

export const api = {
  vocabulary: () => call<"get_vocabulary">("GET", "/vocabulary"),
  me: () => call<"get_me">("GET", "/me"),
  pods: () => call<"get_bridge">("GET", "/bridge"),
  projects: () => call<"get_projects">("GET", "/projects"),
  routing: (task: Asked<"get_routing">) => call<"get_routing">("GET", `/routing?${given<"get_routing">(task)}`),
  choices: (pod?: string, directory?: string) => call<"get_choices">("GET", `/choices?${given<"get_choices">({ pod, directory })}`),
  infer: (title: string) => call<"get_projects_infer">("GET", `/projects/infer?title=${id(title)}`),
  rename: (session: string, title: string) => call<"post_sessions_id_rename">("POST", `/sessions/${id(session)}/rename`, { title }),
  chooseModel: (session: string, model: Sent<"post_sessions_id_model">) => call<"post_sessions_id_model">("POST", `/sessions/${id(session)}/model`, model),
  chooseAgent: (session: string, agent: string) => call<"post_sessions_id_agent">("POST", `/sessions/${id(session)}/agent`, { agent }),
  startView: (key: string) => call<"get_starts_key">("GET", `/starts/${id(key)}`),
  sessions: () => list<"get_sessions">("/sessions"),
  start: (session: NewSession, key: string) =>
    // Under its own word, by which its progress is asked for, as well as once.
    call<"post_sessions">("POST", "/sessions", { ...session, key }, { "idempotency-key": key }, patienceFor(session.files ?? []) + (session.workspace ? WORKSPACE_MS : 0)),
  deploy: (session: string) => call<"post_sessions_id_lab_deploy">("POST", `/sessions/${id(session)}/lab/deploy`),
  takeOverLab: (session: string) => call<"post_sessions_id_lab_take_over">("POST", `/sessions/${id(session)}/lab/take-over`),
  cleanLab: (session: string) => call<"post_sessions_id_lab_clean">("POST", `/sessions/${id(session)}/lab/clean`),
  deliver: (session: string, key: string) => call<"post_sessions_id_deliver">("POST", `/sessions/${id(session)}/deliver`, {}, { "idempotency-key": key }),
  deliveries: () => call<"get_deliveries">("GET", "/deliveries"),
  delivery: (run: string) => call<"get_deliveries_run">("GET", `/deliveries/${id(run)}`),
  deliveryPatch: (run: string) => call<"get_deliveries_run_patch">("GET", `/deliveries/${id(run)}/patch`),
  steerDelivery: (run: string, wish: DeliveryWish, key: string) =>
    call<"post_deliveries_run_steer">("POST", `/deliveries/${id(run)}/steer`, wish, { "idempotency-key": key }),
  labLog: (session: string) => call<"get_sessions_id_lab_log">("GET", `/sessions/${id(session)}/lab/log`),
  say: (session: string, text: string, files: NewFile[], key: string) =>
    call<"post_sessions_id_messages">("POST", `/sessions/${id(session)}/messages`, { text, key, ...(files.length > 0 ? { files } : {}) }, {}, patienceFor(files)),
  steer: (session: string, to: Steer, key: string) =>
    call<`post_sessions_id_${Steer}`>("POST", `/sessions/${id(session)}/${to}`, undefined, { "idempotency-key": key }),
  diff: (session: string) => call<"get_sessions_id_diff">("GET", `/sessions/${id(session)}/diff`),
  checks: (session: string) => call<"get_sessions_id_checks">("GET", `/sessions/${id(session)}/checks`),
  /** Without names the usual ones. */
  runChecks: (session: string, names: string[], before = false) => call<"post_sessions_id_checks">("POST", `/sessions/${id(session)}/checks`, { names, before }),
  stopChecks: (session: string) => call<"post_sessions_id_checks_stop">("POST", `/sessions/${id(session)}/checks/stop`),
  /** Where what a check printed is. */
  checkOutputAddress: (session: string, check: string) => `${BASE}/sessions/${id(session)}/checks/${id(check)}/output`,
  /** Where a file of a message is. */
  fileAddress: (session: string, message: string, file: string) => `${BASE}/sessions/${id(session)}/messages/${id(message)}/files/${id(file)}`,
  fileText: (address: string) => fetch(address, { headers: personHeader(), signal: AbortSignal.timeout(PATIENCE_MS) }).then(
    async (response) => (response.ok ? response.text() : Promise.reject(await problemOf(response))),
    () => Promise.reject(UNREACHED()),
  ),
  asks: () => list<"get_asks">("/asks"),
  ask: (ask: string) => call<"get_asks_id">("GET", `/asks/${id(ask)}`),
  answer: (ask: { id: string; digest: string }, answer: Answer, assertion?: GivenAssertion) =>
    call<"post_asks_id_answer">("POST", `/asks/${id(ask.id)}/answer`, { ...answer, digest: ask.digest, ...(assertion ? { assertion } : {}) }),
  challenge: (ask: { id: string; digest: string }, answer: Answer) =>
    call<"post_asks_id_challenge">("POST", `/asks/${id(ask.id)}/challenge`, { ...answer, digest: ask.digest }),
  reveal: (ask: string) => call<"post_asks_id_reveal">("POST", `/asks/${id(ask)}/reveal`),
  aside: (ask: string, place: string | undefined) => call<"post_asks_id_aside">("POST", `/asks/${id(ask)}/aside`, place ? { place } : {}),
  audit: (filter: AuditFilter, before?: number, limit?: number) => call<"get_audit">("GET", `/audit?${given<"get_audit">({ ...filter, before, limit })}`),
  reviews: () => call<"get_reviews">("GET", "/reviews"),
  review: (ask: string, words: string) => call<"post_asks_id_review">("POST", `/asks/${id(ask)}/review`, words ? { words } : {}),
  grants: () => call<"get_grants">("GET", "/grants"),
  revoke: (grant: string) => call<"delete_grants_id">("DELETE", `/grants/${id(grant)}`),
  signInOffers: () => call<"get_sign_in">("GET", "/sign-in"),
  signIn: (name: string, token: string) => call<"post_sign_in">("POST", "/sign-in", { name, token }),
  signOut: () => call<"post_sign_out">("POST", "/sign-out"),
  signIns: () => call<"get_me_sign_ins">("GET", "/me/sign-ins"),
  invite: () => call<"post_links">("POST", "/links"),
  passkeys: () => call<"get_me_passkeys">("GET", "/me/passkeys"),
  newPasskey: () => call<"post_me_passkeys_begin">("POST", "/me/passkeys/begin"),
  addPasskey: (made: GivenRegistration) => call<"post_me_passkeys">("POST", "/me/passkeys", made),
  confirmPasskey: (assertion: GivenAssertion) => call<"post_me_passkeys_confirm">("POST", "/me/passkeys/confirm", assertion),
  removal: (passkey: string) => call<"post_me_passkeys_id_challenge">("POST", `/me/passkeys/${id(passkey)}/challenge`),
  removePasskey: (passkey: string, assertion?: GivenAssertion) =>
    call<"post_me_passkeys_id_remove">("POST", `/me/passkeys/${id(passkey)}/remove`, assertion ? { assertion } : {}),
  endSignIn: (signIn: string) => call<"delete_me_sign_ins_id">("DELETE", `/me/sign-ins/${id(signIn)}`),
}
