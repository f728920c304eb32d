// Sign-in with a real provider of OpenID Connect, in a real browser. (REQ-WHO-02, M13)
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { createHmac } from "node:crypto"
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, afterEach, before, test } from "node:test"
import { exportJWK, generateKeyPair, SignJWT } from "jose"
import { launch, openPage } from "../stage/browser.mjs"
import { CLIENT, SECRET, startProvider, token } from "../stage/provider.mjs"
import { freePort, GATEWAY, startGateway } from "../stage/stack.mjs"
import { until } from "../stage/wait.mjs"

const LOGOUT = "http://schemas.openid.net/event/backchannel-logout"

let folder, gateway, provider, browser
const opened = []

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "provider-"))
  const [port, secret, rules] = [await freePort(), join(folder, "secret"), join(folder, "gateway.yaml")]
  await writeFile(secret, `${SECRET}\n`)
  const oidc = { issuer: `http://localhost:${port}`, client_id: CLIENT, client_secret_file: secret, name: "Example ID", groups_claim: "groups", recheck_seconds: 1 }
  await writeFile(rules, JSON.stringify({ sign_in: { oidc } }))
  gateway = await startGateway({ GATEWAY_CONFIG: rules })
  provider = await startProvider(port, gateway.url)
  browser = await launch()
})

afterEach(async () => {
  provider.forge(undefined)
  for (const context of opened.splice(0)) await context.close()
})

after(async () => {
  await browser?.close()
  await provider?.stop()
  await gateway?.stop()
  if (folder) await rm(folder, { recursive: true, force: true })
})

test("sign in with the provider, be who it says, sign out for good", async () => {
  const { page, context, faults } = await open("/settings")
  await page.getByLabel("Token").waitFor()
  await signIn(page, "anna")
  await page.waitForURL(`${gateway.url}/settings`)
  await page.getByText("Signed in as Anna Example.").waitFor()
  assert.deepEqual((await me(page)).person, { id: `oidc:${provider.issuer}#anna`, name: "Anna Example" })

  const cookies = await context.cookies(gateway.url)
  const cookie = cookies.find(({ name }) => name === "gateway_person")
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, "Strict"])
  assert.equal(cookies.some(({ name }) => name === "gateway_sign_in"), false, "what tied the sign-in to the browser is gone")
  const copy = (value) => status("/api/v1/me", { headers: { cookie: `gateway_person=${value}` } })
  assert.equal(await copy(cookie.value), 200)
  assert.equal(await copy(cookie.value.replace(/^./, (digit) => (digit === "a" ? "b" : "a"))), 401)
  await page.getByRole("button", { name: "Sign out", exact: true }).click()
  await page.getByRole("heading", { name: "Sign in" }).waitFor()
  assert.equal(await copy(cookie.value), 401, "a copy ends with its original")
  assert.deepEqual(faults, [])
})

test("nobody is led into another person's sign-in, and each works once", async () => {
  const mallory = await open()
  const back = await wayBack(mallory.context, "mallory")

  const anna = await open()
  const refused = await anna.page.goto(back)
  assert.equal(refused.status(), 400)
  await anna.page.getByText("wasn't begun in this browser").waitFor()
  assert.equal((await anna.context.cookies(gateway.url)).length, 0)
  const wrong = await mallory.page.goto(back.replace(/state=[^&]+/, "state=another"))
  assert.equal(wrong.status(), 400)
  assert.equal((await mallory.page.goto(back)).status(), 200)
  await mallory.page.waitForURL(`${gateway.url}/`)
  assert.equal((await me(mallory.page)).person.name, "Mallory Example")
  assert.equal((await mallory.page.goto(back)).status(), 400, "only once")
})

test("a sign-out at the provider ends it at once, with what is open", async () => {
  const { page, context } = await open("/settings")
  await signIn(page, "anna")
  await page.getByText("Signed in as Anna Example.").waitFor()
  const { page: elsewhere } = await signedIn("ben")
  const atProvider = await context.newPage()
  await atProvider.goto(`${provider.issuer}/session/end`)
  await atProvider.getByRole("button", { name: /yes/i }).click()
  await page.getByRole("heading", { name: "Sign in" }).waitFor()
  assert.equal((await me(elsewhere)).person.name, "Ben Example", "others stay")
})

test("whom the provider no longer knows is signed out, and others stay", async () => {
  const [{ page: carol }, { page: ben }] = [await signedIn("carol"), await signedIn("ben")]
  provider.lockOut("carol")
  await until("carol's end", async () => (await carol.evaluate(() => fetch("/api/v1/me").then(({ status }) => status))) === 401)
  assert.equal((await me(ben)).person.name, "Ben Example", "refresh tokens were rotated meanwhile")
})

test("a person sees where they are signed in, and ends it from elsewhere", async () => {
  const [{ page }, { page: other }] = [await signedIn("dora"), await signedIn("dora")]
  await page.goto(`${gateway.url}/settings`)
  const list = page.getByRole("list", { name: "Sign-ins" })
  await list.getByText("this browser").waitFor()
  assert.equal(await list.getByRole("listitem").count(), 2)
  await list.getByRole("button", { name: /^Sign out/ }).click()
  await other.getByRole("heading", { name: "Sign in" }).waitFor()
  await until("one is left", async () => (await list.getByRole("listitem").count()) === 1)
})

test("tokens of another library are taken, and each forged one is refused", async () => {
  const { privateKey: another } = await generateKeyPair("RS256")
  const { n } = await exportJWK(provider.privateKey)
  const now = Math.floor(Date.now() / 1000)
  const forgeries = {
    "another nonce": (nonce) => token(provider, { nonce: `${nonce}x` }),
    "no nonce": () => token(provider, {}),
    "another audience": (nonce) => token(provider, { nonce, aud: "other" }),
    "two audiences, asked for by the other": (nonce) => token(provider, { nonce, aud: [CLIENT, "other"], azp: "other" }),
    "another issuer": (nonce) => token(provider, { nonce, iss: `${provider.issuer}/` }),
    "late": (nonce) => token(provider, { nonce, exp: now - 61 }),
    "from the future": (nonce) => token(provider, { nonce, iat: now + 120 }),
    "another key under the same name": (nonce) => token(provider, { nonce }, { key: another }),
    "a key that nobody knows": (nonce) => token(provider, { nonce }, { key: another, header: { kid: "second" } }),
    "none": async (nonce) => `${part({ alg: "none" })}.${(await token(provider, { nonce })).split(".")[1]}.`,
    "HS256 with the public key": async (nonce) => hs256((await token(provider, { nonce })).split(".")[1], Buffer.from(n, "base64url")),
    "changed claims": async (nonce) => changed(await token(provider, { nonce }), { sub: "boss" }),
    "extensions": async (nonce) => {
      const claims = JSON.parse(Buffer.from((await token(provider, { nonce })).split(".")[1], "base64url"))
      return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "first", crit: ["exp"], exp: now }).sign(provider.privateKey, { crit: { exp: true } })
    },
  }
  assert.equal(await signInWith((nonce) => token(provider, { nonce })), 200, "the control")
  for (const [name, forge] of Object.entries(forgeries)) assert.notEqual(await signInWith(forge), 200, name)
  const metrics = await fetch(`${gateway.url}/metrics`).then((answer) => answer.text())
  const counted = Number(/gateway_access_wrong_tokens_total\{door="oidc"\} (\d+)/.exec(metrics)[1])
  assert.ok(counted >= Object.keys(forgeries).length, `${counted} were counted`)
})

test("only the provider's own logout tokens end anything, and once", async () => {
  const { page } = await signedIn("emil")
  const logout = (claims = {}, options = {}) =>
    token(provider, { sub: "emil", name: undefined, jti: crypto.randomUUID(), events: { [LOGOUT]: {} }, ...claims }, { header: { typ: "logout+jwt" }, ...options })
  const { privateKey: another } = await generateKeyPair("RS256")
  const forgeries = [
    await logout({}, { key: another }),
    await logout({ nonce: "n" }),
    await logout({ events: {} }),
    await logout({ aud: "other" }),
    await logout({ iss: "https://evil.test" }),
    await logout({ sub: undefined }),
    await logout({ jti: undefined }),
    await changed(await logout({ sub: "ben" }), { sub: "emil" }),
    "",
  ]
  for (const forged of forgeries) assert.notEqual(await tell(forged), 200)
  assert.equal((await me(page)).person.name, "Emil Example")
  const true_one = await logout()
  assert.equal(await tell(true_one), 200)
  await page.getByRole("heading", { name: "Sign in" }).waitFor()
  assert.notEqual(await tell(true_one), 200, "only once")
})

test("a command line signs in with a code that its person confirms, and is signed out from the browser", async () => {
  const terminal = commandLine("login")
  const { page, context } = await signedIn("fred")
  await answerCode(await context.newPage(), await terminal.code(), "Confirm")
  assert.equal(await terminal.ended, 0, terminal.told())
  assert.match(terminal.told(), /Signed in as Fred Example until/)

  const file = join(folder, "cli", "opencode-gateway", "gateway-sign-ins.json")
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  const [{ token: word }] = Object.values(JSON.parse(await readFile(file, "utf8")).sign_ins)
  const asFred = await fetch(`${gateway.url}/api/v1/me`, { headers: { authorization: `Bearer ${word}` } }).then((answer) => answer.json())
  assert.deepEqual(asFred.person, { id: `oidc:${provider.issuer}#fred`, name: "Fred Example" })
  assert.equal(await status("/api/v1/me", { headers: { cookie: `gateway_person=${word}` } }), 401, "it is no cookie")
  const list = commandLine("sessions", "list")
  assert.equal(await list.ended, 0, list.told())

  await page.goto(`${gateway.url}/settings`)
  const ofCommandLine = page.getByRole("list", { name: "Sign-ins" }).getByRole("listitem").filter({ hasText: "Command line on" })
  await ofCommandLine.getByRole("button", { name: /^Sign out/ }).click()
  await until("the end of the word", async () => (await status("/api/v1/me", { headers: { authorization: `Bearer ${word}` } })) === 401)
  const refused = commandLine("sessions", "list")
  assert.equal(await refused.ended, 1)
  // Tests before this one tried wrong tokens in the same minute.
  assert.match(refused.told(), /gateway login|Too many wrong tokens/)
})

test("a command line whose code is denied is not signed in", async () => {
  const terminal = commandLine("login")
  const { context } = await signedIn("greta")
  await answerCode(await context.newPage(), await terminal.code(), "Deny")
  assert.equal(await terminal.ended, 1)
  assert.match(terminal.told(), /denied in the browser/)
})

async function open(path = "/") {
  const opening = await openPage(browser, gateway, { person: "", path })
  opened.push(opening.context)
  return opening
}

async function signIn(page, login) {
  await page.getByRole("link", { name: "Sign in with Example ID" }).click()
  await page.getByLabel("Login").fill(login)
  await page.getByRole("button", { name: "Continue" }).click()
}

/** The gateway's own, for a user who has nothing but what it keeps itself. */
function commandLine(...args) {
  const env = { ...process.env, GATEWAY_URL: gateway.url, GATEWAY_API_TOKEN: "", GATEWAY_STATE: join(folder, "none"), XDG_CONFIG_HOME: join(folder, "cli") }
  const child = spawn(GATEWAY, args, { env, stdio: ["ignore", "pipe", "pipe"] })
  let told = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (told += chunk))
  return {
    told: () => told,
    ended: new Promise((resolve) => child.once("close", resolve)),
    /** What its person is to do. */
    async code() {
      await until("the code", async () => /enter the code \S+/.test(told))
      return { address: /Open (\S+) in a browser/.exec(told)[1], code: /enter the code (\S+)/.exec(told)[1] }
    },
  }
}

async function answerCode(page, { address, code }, button) {
  await page.goto(address)
  await page.locator("input[name=user_code]").fill(code)
  await page.getByRole("button", { name: "Continue" }).click()
  await page.getByText(code).waitFor()
  await page.getByRole("button", { name: button }).click()
}

/** Where the provider sends a browser back to, before it goes there: step by step, since redirects can't be held in the page. */
async function wayBack({ request }, login) {
  let [address, form] = [`${gateway.url}/sign-in/oidc`, undefined]
  while (!address.includes("/sign-in/oidc/callback?")) {
    const answer = form ? await request.post(address, { form, maxRedirects: 0 }) : await request.get(address, { maxRedirects: 0 })
    const next = answer.headers().location
    form = next ? undefined : { login }
    address = new URL(next ?? address, address).href
  }
  return address
}

async function signedIn(login) {
  const opening = await open()
  await signIn(opening.page, login)
  await opening.page.waitForURL(`${gateway.url}/`)
  await opening.page.getByRole("link", { name: "New session" }).first().waitFor()
  return opening
}

/** Without a page: from the beginning to the callback, with a token that this makes of the nonce. */
async function signInWith(make) {
  const begun = await fetch(`${gateway.url}/sign-in/oidc`, { redirect: "manual" })
  const there = new URL(begun.headers.get("location"))
  const [state, nonce] = ["state", "nonce"].map((name) => there.searchParams.get(name))
  provider.forge(() => make(nonce))
  const cookie = begun.headers.get("set-cookie").split(";")[0]
  const query = new URLSearchParams({ code: "a-code", state, iss: provider.issuer })
  const answer = await fetch(`${gateway.url}/sign-in/oidc/callback?${query}`, { headers: { cookie } })
  assert.equal(answer.status === 200, (answer.headers.get("set-cookie") ?? "").includes("gateway_person="))
  return answer.status
}

function tell(logoutToken) {
  return status("/sign-in/oidc/back-channel", { method: "POST", body: new URLSearchParams({ logout_token: logoutToken }) })
}

async function status(path, options) {
  return (await fetch(gateway.url + path, options)).status
}

function me(page) {
  return page.evaluate(() => fetch("/api/v1/me").then((answer) => answer.json()))
}

function part(json) {
  return Buffer.from(JSON.stringify(json)).toString("base64url")
}

/** The key that everybody knows, taken for a secret. */
function hs256(claims, key) {
  const signed = `${part({ alg: "HS256", kid: "first" })}.${claims}`
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`
}

/** Other claims under the same signature. */
function changed(jwt, claims) {
  const [header, said, signature] = jwt.split(".")
  return [header, part({ ...JSON.parse(Buffer.from(said, "base64url")), ...claims }), signature].join(".")
}
