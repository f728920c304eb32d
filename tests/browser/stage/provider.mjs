// A certified provider of OpenID Connect (npm oidc-provider), with people who may sign in and be locked out, and forged tokens
// in place of its own where a test wants them.
import { once } from "node:events"
import { createServer } from "node:http"
import { exportJWK, generateKeyPair, SignJWT } from "jose"
import Provider from "oidc-provider"

export const CLIENT = "gateway"
export const SECRET = "secret of the gateway at its provider"

const SCOPES = "openid profile groups offline_access"

/** `gateway` is where people open it. */
export async function startProvider(port, gateway) {
  const issuer = `http://localhost:${port}`
  const { privateKey } = await generateKeyPair("RS256", { extractable: true })
  const key = { ...(await exportJWK(privateKey)), kid: "first", alg: "RS256", use: "sig" }
  const lockedOut = new Set()
  const provider = new Provider(issuer, settings(gateway, key, lockedOut))
  let forge
  let asked = {}
  const answer = provider.callback()
  const server = createServer((request, response) => {
    const url = new URL(request.url, issuer)
    if (url.pathname === "/auth") asked = Object.fromEntries(url.searchParams)
    if (url.pathname === "/token" && forge) return void forge(asked).then((token) => sendTokens(response, token))
    if (url.pathname.startsWith("/interaction/")) return void interact(provider, request, response)
    answer(request, response)
  })
  server.listen(port, "localhost")
  await once(server, "listening")
  return {
    issuer,
    privateKey,
    lockOut: (login) => lockedOut.add(login),
    letIn: (login) => lockedOut.delete(login),
    /** From now on the token endpoint gives what this makes of the sign-in; without one its own again. */
    forge(make) {
      forge = make
    },
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, "close")
    },
  }
}

/** A token signed by jose, as the provider would sign it unless something is different. */
export function token(provider, claims, { header = {}, key = provider.privateKey } = {}) {
  const now = Math.floor(Date.now() / 1000)
  const usual = { iss: provider.issuer, aud: CLIENT, sub: "anna", name: "Anna Example", iat: now, exp: now + 300 }
  const all = Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined)
  return new SignJWT(Object.fromEntries(all)).setProtectedHeader({ alg: "RS256", kid: "first", ...header }).sign(key)
}

function settings(gateway, key, lockedOut) {
  return {
    clients: [{
      client_id: CLIENT,
      client_secret: SECRET,
      redirect_uris: [`${gateway}/sign-in/oidc/callback`],
      grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
      backchannel_logout_uri: `${gateway}/sign-in/oidc/back-channel`,
      backchannel_logout_session_required: true,
    }],
    scopes: SCOPES.split(" "),
    claims: { openid: ["sub"], profile: ["name"], groups: ["groups"] },
    conformIdTokenClaims: false,
    findAccount: (_, login) => (lockedOut.has(login) ? undefined : account(login)),
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true }, deviceFlow },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    jwks: { keys: [key] },
    cookies: { keys: ["a key for the provider's cookies"] },
    // Its own refuses to call this machine.
    fetch: (url, options) => fetch(url, options),
    // Nobody is asked what the gateway may know.
    async loadExistingGrant({ oidc }) {
      const known = oidc.result?.consent?.grantId ?? oidc.session.grantIdFor(oidc.client.clientId)
      if (known) return oidc.provider.Grant.find(known)
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId })
      grant.addOIDCScope(SCOPES)
      await grant.save()
      return grant
    },
  }
}

/** Its own pages load fonts from elsewhere. */
const deviceFlow = {
  enabled: true,
  userCodeInputSource: async (context, form) => {
    context.body = `<!doctype html><title>Device</title>${form}<button form="op.deviceInputForm">Continue</button>`
  },
  userCodeConfirmSource: async (context, form, _client, _device, code) => {
    context.body = `<!doctype html><title>Device</title><code>${code}</code>${form}<button form="op.deviceConfirmForm">Confirm</button><button form="op.deviceConfirmForm" name="abort" value="yes">Deny</button>`
  },
  successSource: async (context) => {
    context.body = "<!doctype html><title>Device</title><p>Done.</p>"
  },
}

function account(login) {
  const name = `${login[0].toUpperCase()}${login.slice(1)} Example`
  return { accountId: login, claims: async () => ({ sub: login, name, groups: ["developers"] }) }
}

/** Whoever says who they are is believed: a password would be the provider's business. */
async function interact(provider, request, response) {
  if (request.method === "POST") {
    let text = ""
    for await (const chunk of request) text += chunk
    const accountId = new URLSearchParams(text).get("login")
    await provider.interactionFinished(request, response, { login: { accountId } })
    return
  }
  response.setHeader("content-type", "text/html")
  response.end(`<!doctype html><title>Provider</title><form method="post"><label>Login <input name="login"></label><button>Continue</button></form>`)
}

function sendTokens(response, token) {
  response.setHeader("content-type", "application/json")
  response.end(JSON.stringify({ access_token: "a", token_type: "Bearer", id_token: token }))
}
