// Every answer of the simulator that a delivery needs, held against GitHub's own description.
import assert from "node:assert/strict"
import { createSign } from "node:crypto"
import { after, before, test } from "node:test"
import { simulator } from "../simulator.mjs"
import { described, faults } from "./description.mjs"

let forge, token
const wrong = new Set()
/** The description says that an account in this list is a user and an enterprise at once. */
const odd = /^GET \/app\/installations 200 \/\d+\/account/

before(async () => {
  forge = await simulator()
})
after(() => forge?.stop())

function jwt() {
  const now = Math.floor(Date.now() / 1000)
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url")
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat: now - 60, exp: now + 500, iss: forge.appId })}`
  return `${text}.${createSign("RSA-SHA256").update(text).sign(forge.key, "base64url")}`
}

async function ask(method, path, body, auth = token) {
  const headers = { authorization: `Bearer ${auth}`, "user-agent": "described" }
  const response = await fetch(`${forge.rest}${path}`, {
    method,
    headers,
    redirect: "manual",
    body: body && JSON.stringify(body),
  })
  const text = await response.text()
  const read = text && response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : undefined
  const bare = decodeURIComponent(path.split("?")[0])
  for (const fault of faults(method, bare, response.status, read)) wrong.add(fault)
  return read
}

test("answers are as described", async () => {
  const shop = "/repos/acme/shop"
  const app = jwt()
  await ask("GET", "/app", undefined, app)
  await ask("GET", "/app/installations", undefined, app)
  const installation = await ask("GET", `${shop}/installation`, undefined, app)
  await ask("GET", `/app/installations/${installation.id}`, undefined, app)
  const made = `/app/installations/${installation.id}/access_tokens`
  token = (await ask("POST", made, { repositories: ["shop"] }, app)).token
  await ask("POST", made, { permissions: { administration: "write" } }, app)
  await ask("GET", "/installation/repositories")
  await ask("GET", "/rate_limit")
  await ask("GET", shop)
  await ask("GET", `${shop}/branches`)
  await ask("GET", `${shop}/branches/main`)
  await ask("GET", `${shop}/git/ref/heads%2Fmain`)
  await ask("GET", `${shop}/compare/main...fix`)
  await ask("GET", `${shop}/contents/README.md`)
  await ask("GET", `${shop}/commits/fix`)
  await ask("GET", `${shop}/labels`)
  await ask("GET", `${shop}/rules/branches/main`)
  await ask("GET", `${shop}/collaborators/ann/permission`)

  const pull = await ask("POST", `${shop}/pulls`, { head: "fix", base: "main", title: "Count right", draft: true })
  await ask("POST", `${shop}/pulls`, { head: "fix", base: "main", title: "Count right" })
  await ask("GET", `${shop}/pulls?state=all`)
  await ask("GET", `${shop}/pulls/1`)
  await ask("GET", `${shop}/pulls/1`)
  await ask("PATCH", `${shop}/pulls/1`, { body: "why" })
  await ask("GET", `${shop}/pulls/1/files`)
  await ask("GET", `${shop}/pulls/1/commits`)
  await ask("POST", `${shop}/pulls/1/requested_reviewers`, { reviewers: ["ann"], team_reviewers: ["devs"] })
  await ask("GET", `${shop}/pulls/1/requested_reviewers`)
  await ask("POST", `${shop}/pulls/1/reviews`, { event: "COMMENT", body: "hm" })
  const spot = { who: "ann", number: 1, path: "src/cart.js", line: 1, text: "Why?" }
  const { id } = await forge.act("line-comment", spot)
  await ask("GET", `${shop}/pulls/1/reviews`)
  await ask("POST", `${shop}/pulls/1/comments/${id}/replies`, { body: "So." })
  await ask("GET", `${shop}/pulls/1/comments`)
  const comment = await ask("POST", `${shop}/issues/1/comments`, { body: "Hello" })
  await ask("PATCH", `${shop}/issues/comments/${comment.id}`, { body: "Hello again" })
  await ask("GET", `${shop}/issues/1/comments`)
  await ask("GET", `${shop}/issues/1`)
  await ask("POST", `${shop}/issues/1/labels`, { labels: ["bug"] })
  await ask("GET", `${shop}/issues/1/labels`)
  await ask("DELETE", `${shop}/issues/1/labels/bug`)

  const sha = pull.head.sha
  await forge.act("settle")
  await forge.act("status", { sha, context: "lint", state: "success" })
  await ask("GET", `${shop}/commits/${sha}/check-runs`)
  await ask("GET", `${shop}/commits/${sha}/check-suites`)
  await ask("GET", `${shop}/commits/${sha}/status`)
  await ask("GET", `${shop}/commits/${sha}/statuses`)
  const annotations = [{ path: "a", start_line: 1, end_line: 1, annotation_level: "notice", message: "m" }]
  const output = { title: "t", summary: "s", annotations }
  const run = await ask("POST", `${shop}/check-runs`, { name: "hubble", head_sha: sha, output })
  await ask("PATCH", `${shop}/check-runs/${run.id}`, { conclusion: "success" })
  await ask("GET", `${shop}/check-runs/${run.id}`)
  await ask("GET", `${shop}/check-runs/${run.id}/annotations`)
  const runs = await ask("GET", `${shop}/actions/runs`)
  const first = runs.workflow_runs[0].id
  await ask("GET", `${shop}/actions/runs/${first}`)
  const jobs = await ask("GET", `${shop}/actions/runs/${first}/jobs`)
  await ask("GET", `${shop}/actions/jobs/${jobs.jobs[0].id}`)
  await ask("GET", `${shop}/actions/jobs/${jobs.jobs[0].id}/logs`)
  await ask("PUT", `${shop}/pulls/1/merge`, { sha })
  await ask("GET", "/app/hook/config", undefined, app)
  await forge.act("webhook", { url: "http://127.0.0.1:9/", secret: "x" })
  await forge.act("push", { who: "ann", branch: "fix", path: "b.txt", text: "b" })
  const [delivery] = await ask("GET", "/app/hook/deliveries", undefined, app)
  await ask("GET", `/app/hook/deliveries/${delivery.id}`, undefined, app)
  await ask("POST", `/app/hook/deliveries/${delivery.id}/attempts`, undefined, app)
  await ask("PUT", `${shop}/pulls/1/update-branch`)
  await ask("DELETE", `${shop}/git/refs/heads%2Ffix`)
  await ask("DELETE", "/installation/token")
  assert.deepEqual([...wrong].filter((fault) => !odd.test(fault)).sort(), [])
  assert.ok(described() >= 60, `only ${described()} kinds of answers were held against their description`)
})
