// REQ-DELIVER-04, -11, -17: the whole way of an App with octokit, unchanged but for the base address.
import assert from "node:assert/strict"
import { createServer } from "node:http"
import { after, before, test } from "node:test"
import { Webhooks } from "@octokit/webhooks"
import { App, Octokit } from "octokit"
import { simulator, until } from "../simulator.mjs"

const at = { owner: "acme", repo: "shop" }
let forge, app, octokit, receiver
const inbox = { answer: 204, events: [] }

before(async () => {
  forge = await simulator()
  const secret = "hush"
  const webhooks = new Webhooks({ secret })
  receiver = createServer(async (request, response) => {
    const pieces = []
    for await (const piece of request) pieces.push(piece)
    const payload = Buffer.concat(pieces).toString()
    const signed = await webhooks.verify(payload, request.headers["x-hub-signature-256"])
    inbox.events.push({ name: request.headers["x-github-event"], id: request.headers["x-github-delivery"], signed })
    response.writeHead(inbox.answer).end()
  })
  await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve))
  await forge.act("webhook", { url: `http://127.0.0.1:${receiver.address().port}/`, secret })
  app = new App({
    appId: forge.appId,
    privateKey: forge.key,
    webhooks: { secret },
    Octokit: Octokit.defaults({ baseUrl: forge.rest, throttle: { enabled: false }, retry: { enabled: false } }),
  })
})

after(async () => {
  receiver?.close()
  await forge?.stop()
})

test("an app gets a narrowed token for its installation", async () => {
  const { data: installation } = await app.octokit.request("GET /repos/{owner}/{repo}/installation", at)
  const { data: token } = await app.octokit.request("POST /app/installations/{installation_id}/access_tokens", {
    installation_id: installation.id,
    repositories: ["shop"],
    permissions: { contents: "read" },
  })
  assert.deepEqual(token.permissions, { contents: "read", metadata: "read" })
  const reader = new Octokit({ baseUrl: forge.rest, auth: token.token })
  await assert.rejects(reader.rest.pulls.create({ ...at, head: "fix", base: "main", title: "no" }), { status: 403 })
  octokit = await app.getInstallationOctokit(installation.id)
  let found = 0
  for await (const { repository } of app.eachRepository.iterator()) found += repository.full_name === "acme/shop"
  assert.equal(found, 1)
})

test("a draft is opened once, found again, and made ready", async () => {
  const opening = { ...at, head: "fix", base: "main", title: "Count right", body: "why", draft: true }
  const { data: pull } = await octokit.rest.pulls.create(opening)
  assert.equal(pull.user.login, "hubble[bot]")
  await assert.rejects(octokit.rest.pulls.create(opening), /A pull request already exists for acme:fix/)
  const { data: found } = await octokit.rest.pulls.list({ ...at, head: "acme:fix", state: "all" })
  assert.equal(found[0].number, pull.number)
  const ready = `mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft } } }`
  const answer = await octokit.graphql(ready, { id: pull.node_id })
  assert.equal(answer.markPullRequestReadyForReview.pullRequest.isDraft, false)
  await assert.rejects(octokit.graphql(ready, { id: "PR_nothing" }), /Could not resolve to a node/)
})

test("checks, reviews, comments and a merge", async () => {
  const { data: pull } = await octokit.rest.pulls.get({ ...at, pull_number: 1 })
  await forge.act("settle")
  const { data: checks } = await octokit.rest.checks.listForRef({ ...at, ref: "heads/fix", filter: "latest" })
  assert.deepEqual(checks.check_runs.map((run) => [run.name, run.conclusion]), [["test", "success"]])
  const output = { title: "Delivery", summary: "all measured" }
  await octokit.rest.checks.create({ ...at, name: "hubble", head_sha: pull.head.sha, conclusion: "success", output })
  const { id } = await forge.act("line-comment", { who: "ann", number: 1, path: "src/cart.js", line: 1, text: "Why?" })
  await octokit.rest.pulls.createReplyForReviewComment({ ...at, pull_number: 1, comment_id: id, body: "So." })
  await octokit.rest.pulls.requestReviewers({ ...at, pull_number: 1, reviewers: ["ann"] })
  await octokit.rest.issues.createComment({ ...at, issue_number: 1, body: "Done." })
  await octokit.rest.issues.addLabels({ ...at, issue_number: 1, labels: ["bug"] })
  await forge.act("review", { who: "ann", number: 1, state: "APPROVED", text: "" })
  const reviews = await octokit.paginate(octokit.rest.pulls.listReviews, { ...at, pull_number: 1, per_page: 1 })
  assert.deepEqual(reviews.map((review) => review.state), ["COMMENTED", "APPROVED"])
  await assert.rejects(octokit.rest.pulls.merge({ ...at, pull_number: 1, sha: "0".repeat(40) }), { status: 409 })
  const { data: merged } = await octokit.rest.pulls.merge({ ...at, pull_number: 1, sha: pull.head.sha })
  assert.equal(merged.merged, true)
})

test("an unchanged answer costs nothing", async () => {
  const first = await octokit.rest.pulls.get({ ...at, pull_number: 1 })
  const tagged = { ...at, pull_number: 1, headers: { "if-none-match": first.headers.etag } }
  await assert.rejects(octokit.rest.pulls.get(tagged), (error) => {
    assert.equal(error.status, 304)
    assert.equal(error.response.headers["x-ratelimit-remaining"], first.headers["x-ratelimit-remaining"])
    return true
  })
})

test("a webhook that was refused is sent again on request", async () => {
  await until("the webhooks so far", () => inbox.events.length > 5)
  assert.ok(inbox.events.every((event) => event.signed), "a signature was wrong")
  inbox.answer = 500
  await octokit.rest.issues.createComment({ ...at, issue_number: 1, body: "Unheard." })
  const failed = await until("a failed delivery", async () => {
    const { data } = await app.octokit.request("GET /app/hook/deliveries", { per_page: 100 })
    return data.find((one) => one.status_code === 500)
  })
  inbox.answer = 204
  await app.octokit.request("POST /app/hook/deliveries/{delivery_id}/attempts", { delivery_id: failed.id })
  await until("it comes again", () => inbox.events.filter((event) => event.id === failed.guid).length === 2)
})
