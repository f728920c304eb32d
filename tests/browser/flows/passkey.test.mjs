// A passkey in a real browser, with Chromium's own authenticator: added, asked for by a rule, checked by strangers. (REQ-WHO-03)
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { createServer } from "node:http"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { promisify } from "node:util"
import { verifyAuthenticationResponse } from "@simplewebauthn/server"
import { launch, openPage, PHONE } from "../stage/browser.mjs"
import { assertAccessible, keepPicture } from "../stage/look.mjs"
import { connectPod } from "../stage/pod.mjs"
import { CLIENT, SECRET, startProvider } from "../stage/provider.mjs"
import { freePort, startGateway, WITHOUT_GATE } from "../stage/stack.mjs"

const run = promisify(execFile)

const SESSION = "ses_00000001"
const AUTHENTICATOR = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true }

const here = { opened: [] }

before(async () => {
  const folder = (here.folder = await mkdtemp(join(tmpdir(), "passkey-")))
  const [port, atProvider, rules, secret] = [await freePort(), await freePort(), join(folder, "gateway.yaml"), join(folder, "secret")]
  here.origin = `http://localhost:${port}`
  await writeFile(secret, SECRET)
  const oidc = { issuer: `http://localhost:${atProvider}`, client_id: CLIENT, client_secret_file: secret, name: "Example ID" }
  const risky = [{ pattern: "git push*", why: "It leaves this machine.", step_up: "passkey" }]
  await writeFile(rules, JSON.stringify({ public_url: here.origin, sign_in: { oidc }, gate: WITHOUT_GATE, risky }))
  here.gateway = await startGateway({ port, GATEWAY_CONFIG: rules })
  here.provider = await startProvider(atProvider, here.origin)
  here.pod = await connectPod(here.gateway, "pod-a", { sessions: [session()], permissions: ["per_1", "per_2", "per_3"].map(push) })
  here.browser = await launch()
})

after(async () => {
  for (const context of here.opened) await context.close()
  await here.browser?.close()
  here.pod?.close()
  await here.provider?.stop()
  await here.gateway?.stop()
  if (here.folder) await rm(here.folder, { recursive: true, force: true })
})

function session() {
  return { session: { id: SESSION, title: "Release the shop", directory: "/work/web", created_at: 1, updated_at: 1 }, status: "busy" }
}

function push(id) {
  const command = `git push origin ${id}`
  return { id, session_id: SESSION, directory: "/work/web", permission: "bash", patterns: [command], always: [], metadata: { command } }
}

/** Somebody who is signed in with the provider, in a browser with an authenticator. */
async function signedIn(login, options = {}) {
  const { page, context, faults } = await openPage(here.browser, { url: here.origin }, { person: "", path: "/settings", ...options })
  here.opened.push(context)
  const devices = await context.newCDPSession(page)
  await devices.send("WebAuthn.enable")
  const { authenticatorId } = await devices.send("WebAuthn.addVirtualAuthenticator", { options: AUTHENTICATOR })
  await page.getByRole("link", { name: "Sign in with Example ID" }).click()
  await page.getByLabel("Login").fill(login)
  await page.getByRole("button", { name: "Continue" }).click()
  await page.waitForURL(`${here.origin}/settings`)
  return { page, faults, devices, authenticatorId, verified: (isUserVerified) => devices.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }) }
}

async function addPasskey(page, name) {
  await page.getByLabel("Name of the passkey").fill(name)
  await page.getByRole("button", { name: "Add a passkey" }).click()
  await page.getByRole("list", { name: "Passkeys" }).getByText(name).waitFor()
}

function card(page, ask) {
  return page.locator(`[data-ask="${ask}"]`)
}

function post(page, path, body = {}) {
  const sent = { path, body }
  return page.evaluate(({ path, body }) => fetch(`/api/v1${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }).then(async (answer) => ({ status: answer.status, told: await answer.json().catch(() => ({})) })), sent)
}

/** What the authenticator signs for whichever page this is. */
function touched(page, wanted) {
  return page.evaluate(async ({ challenge, rp_id, credentials }) => {
    const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0))
    const text = (of) => btoa(String.fromCharCode(...new Uint8Array(of))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")
    const allowCredentials = credentials.map((id) => ({ type: "public-key", id: bytes(id) }))
    const { rawId, response } = await navigator.credentials.get({ publicKey: { challenge: bytes(challenge), rpId: rp_id, allowCredentials, userVerification: "required" } })
    return { credential: text(rawId), authenticator_data: text(response.authenticatorData), client_data_json: text(response.clientDataJSON), signature: text(response.signature) }
  }, wanted)
}

test("without a passkey the card leads to one, and a number in the address is no place for it", async () => {
  const { page, faults } = await signedIn("anna")
  await page.goto(`${here.origin}/sessions/${SESSION}`)
  await card(page, "per_1").getByText("you have none yet").waitFor()
  await card(page, "per_1").getByRole("button", { name: "Approve with passkey" }).click()
  await card(page, "per_1").getByText("You have no passkey here yet").waitFor()
  await card(page, "per_1").getByRole("link", { name: "Add a passkey" }).click()
  await page.getByRole("heading", { name: "Passkeys" }).waitFor()
  const { page: number, context } = await openPage(here.browser, { ...here.gateway, url: here.gateway.url.replace("localhost", "127.0.0.1") }, { path: "/settings", person: "carol" })
  here.opened.push(context)
  await number.getByText("Browsers allow no passkeys at an address that is a number").waitFor()
  await number.getByRole("link", { name: "Open this page there" }).click()
  await number.waitForURL(`${here.origin}/settings`)
  await number.getByText("Signed in as carol").waitFor()
  await number.getByText("proves who you are").waitFor()
  assert.equal(await number.getByRole("button", { name: "Add a passkey" }).count(), 0, "a name from the token proves nothing")
  assert.deepEqual(faults, [])
})

test("a touch approves one request, and strangers can check that it did", async () => {
  const { page, faults, verified } = await signedIn("anna")
  await addPasskey(page, "Laptop")
  await page.goto(`${here.origin}/sessions/${SESSION}`)
  await verified(false)
  await card(page, "per_1").getByRole("button", { name: "Approve with passkey" }).click()
  await card(page, "per_1").getByText("Your passkey wasn't used").waitFor()
  await verified(true)
  await card(page, "per_1").getByRole("button", { name: "Approve with passkey" }).click()
  await card(page, "per_1").getByText("Waiting for a second approver").waitFor()
  const ben = await signedIn("ben")
  await addPasskey(ben.page, "Phone")
  await ben.page.goto(`${here.origin}/sessions/${SESSION}`)
  await card(ben.page, "per_1").getByRole("button", { name: "Approve with passkey" }).click()
  await card(ben.page, "per_1").locator("[data-outcome]").waitFor()
  const ask = await page.evaluate(() => fetch("/api/v1/asks/per_1").then((answer) => answer.json()))
  assert.equal(ask.decision.proof, "passkey")
  assert.equal(ask.first_approval.proof, "passkey")

  const entries = JSON.parse(await here.gateway.cli("audit", "show", "--json"))
  for (const what of ["approved first", "answered"]) {
    const entry = entries.find((one) => one.what === what && one.ask === "per_1")
    await holds(entry, entries.find((one) => one.passkey?.credential === entry.signed.credential))
  }
  assert.deepEqual(faults, [])
})

/** What was written for a stranger, judged by OpenSSL and by a verifier that somebody else wrote. */
async function holds(entry, enrolment) {
  const folder = join(here.folder, `proof-${entry.number}`)
  await until_signed(() => here.gateway.cli("audit", "prove", String(entry.number), "--to", folder))
  const file = (name) => readFile(join(folder, name))
  const shell = (command) => run("sh", ["-c", command], { cwd: folder }).then(({ stdout }) => stdout)
  const readme = await file("README.txt").then(String)
  assert.match(readme, /openssl dgst -sha256 -verify key\.pem/)
  assert.match(await shell("openssl dgst -sha256 -binary client-data.json | cat authenticator-data.bin - > signed.bin; openssl dgst -sha256 -verify key.pem -signature signature.bin signed.bin"), /Verified OK/)
  const challenge = (await shell("printf 'opencode-gateway approval v1\\0' | cat - statement.json | openssl dgst -sha256 -binary | openssl base64 -A | tr '+/' '-_' | tr -d '='")).trim()
  assert.match(String(await file("client-data.json")), new RegExp(`"challenge":"${challenge}"`))
  assert.equal(await shell("printf %s localhost | openssl dgst -sha256 -binary | cmp -n 32 - authenticator-data.bin && echo same"), "same\n")
  assert.equal(await shell("sed -n 's/^extra //p' entry.tlog-proof | openssl base64 -d -A | cmp - entry.json && echo same"), "same\n")
  const statement = JSON.parse(await file("statement.json"))
  const { ask, digest, session, who } = JSON.parse(await file("entry.json"))
  assert.deepEqual([statement.kind, statement.answer, statement.ask, statement.digest, statement.session, statement.person], ["approval", "once", ask, digest, session, who])

  const { credential, authenticator_data, client_data_json, signature } = entry.signed
  const given = (change = {}) => ({
    response: { id: credential, rawId: credential, type: "public-key", clientExtensionResults: {}, response: { clientDataJSON: client_data_json, authenticatorData: authenticator_data, signature } },
    expectedChallenge: challenge, expectedOrigin: here.origin, expectedRPID: "localhost", requireUserVerification: true,
    credential: { id: credential, publicKey: Buffer.from(enrolment.passkey.cose_key, "base64url"), counter: 0 },
    ...change,
  })
  assert.equal((await verifyAuthenticationResponse(given())).verified, true)
  const refuses = (change) => assert.rejects(async () => assert.ok((await verifyAuthenticationResponse(given(change))).verified))
  await refuses({ expectedChallenge: challenge.replace(/^./, (one) => (one === "A" ? "B" : "A")) })
  await refuses({ expectedOrigin: "http://localhost:1" })
  await refuses({ expectedRPID: "gateway.example.com" })
}

/** An entry is signed within a second. */
async function until_signed(prove) {
  for (let left = 40; ; left--) {
    try {
      return await prove()
    } catch (error) {
      if (left === 0 || !/not under the newest signed checkpoint/.test(error.stderr)) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

test("a touch for another request, another answer, twice, or in another page counts for nothing", async () => {
  const { page } = await signedIn("dora")
  await addPasskey(page, "Laptop")
  const { digest } = await page.evaluate(() => fetch("/api/v1/asks/per_2").then((answer) => answer.json()))
  const want = async () => (await post(page, "/asks/per_2/challenge", { answer: "once", digest })).told
  const answer = (ask, said, assertion) => post(page, `/asks/${ask}/answer`, { answer: said, assertion })

  assert.equal((await post(page, "/asks/per_2/answer", { answer: "once", digest })).status, 409, "a touch is needed")
  assert.equal((await answer("per_3", "once", await touched(page, await want()))).status, 403, "for another request")
  assert.equal((await answer("per_2", "always", await touched(page, await want()))).status, 403, "for another answer")
  const changed = await touched(page, await want())
  assert.equal((await answer("per_2", "once", { ...changed, signature: changed.signature.replace(/.$/, (one) => (one === "A" ? "B" : "A")) })).status, 403)

  // A page of the same host name: browsers let it ask for the same passkeys.
  const other = createServer((_, response) => response.setHeader("content-type", "text/html").end("<title>Door</title>"))
  await new Promise((resolve) => other.listen(0, "localhost", resolve))
  const wanted = await want()
  await page.goto(`http://localhost:${other.address().port}/`)
  const theirs = await touched(page, wanted)
  await page.goto(`${here.origin}/settings`)
  const refused = await answer("per_2", "once", theirs)
  assert.equal(refused.status, 403)
  assert.match(refused.told.detail, /page of another address/)
  other.close()

  const right = await touched(page, await want())
  assert.equal((await answer("per_2", "once", right)).told.verdict, "needs_second", "the control")
  assert.equal((await answer("per_2", "once", right)).status, 409, "once")
  assert.match(await here.gateway.cli("audit", "show"), /per_2|git push origin per_2/)
})

test("a second passkey needs the first, and each goes with a touch", async () => {
  const { page, devices, authenticatorId } = await signedIn("emil")
  await addPasskey(page, "Laptop")
  // A second device; the first looks on.
  const answers = (enabled) => devices.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled })
  await answers(false)
  const { authenticatorId: stick } = await devices.send("WebAuthn.addVirtualAuthenticator", { options: { ...AUTHENTICATOR, transport: "usb" } })
  await page.getByLabel("Name of the passkey").fill("Stick")
  await page.getByRole("button", { name: "Add a passkey" }).click()
  const confirm = page.getByRole("button", { name: "Confirm with an older passkey" })
  await confirm.waitFor()
  const list = page.getByRole("list", { name: "Passkeys" })
  assert.equal(await list.getByRole("listitem").count(), 1, "it doesn't count yet")
  await devices.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: stick })
  await answers(true)
  await confirm.click()
  await list.getByText("Stick").or(page.getByRole("alert")).first().waitFor()
  assert.deepEqual(await page.getByRole("alert").allTextContents(), [])
  for (const name of ["Stick", "Laptop"]) {
    await page.getByRole("button", { name: `Remove the passkey ${name}` }).click()
    await list.getByText(name).waitFor({ state: "detached" })
  }
  const entries = JSON.parse(await here.gateway.cli("audit", "show", "--json")).filter(({ who }) => who.endsWith("#emil"))
  const told = entries.filter(({ what }) => what.endsWith("passkey")).map(({ what, signed }) => [what, signed !== undefined])
  assert.deepEqual(told.slice(0, 2), [["added passkey", false], ["added passkey", true]], "the first signed for the second")
  assert.deepEqual(told.slice(2).map(([what]) => what), ["removed passkey", "removed passkey"])
})

test("what the gateway alone vouches for is called so", async () => {
  const { page } = await signedIn("frida")
  await post(page, "/asks/per_3/answer", { answer: "deny", reason: null })
  const entry = JSON.parse(await here.gateway.cli("audit", "show", "--json")).find(({ what, ask }) => what === "answered" && ask === "per_3")
  const folder = join(here.folder, "unsigned")
  const told = await until_signed(() => here.gateway.cli("audit", "prove", String(entry.number), "--to", folder))
  assert.match(told, /the gateway's word: no passkey signed/)
})

for (const [screen, options] of Object.entries({ desktop: {}, phone: PHONE })) {
  for (const theme of ["light", "dark"]) {
    test(`passkeys and their cards fit: ${screen}, ${theme}`, async () => {
      const { page, faults } = await signedIn(`gina-${screen}-${theme}`, { ...options, theme })
      await addPasskey(page, "Laptop with a long name for those who have many")
      const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)
      await page.getByRole("heading", { name: "Passkeys" }).scrollIntoViewIfNeeded()
      assert.ok(await fits())
      await keepPicture(page, `passkeys-${screen}-${theme}`)
      await assertAccessible(page)
      await page.goto(`${here.origin}/sessions/${SESSION}`)
      await card(page, "per_2").getByRole("button", { name: "Approve with passkey" }).waitFor()
      assert.ok(await fits())
      await keepPicture(page, `passkey-card-${screen}-${theme}`)
      assert.deepEqual(faults, [])
    })
  }
}
