// Passkeys in this browser: making one, and its touch. What the browser refuses is said in words of ours.
import type { GivenAssertion, GivenRegistration, NewPasskey, TouchWanted } from "../api/types.gen.ts"

/** Nothing was sent; why, for the person. */
export class PasskeyProblem extends Error {}

/** Why this very page can't use passkeys, and where the same page can. */
export function elsewhere(origin: string | undefined): { words: string; url: string } | undefined {
  if (origin === undefined || origin === location.origin) return undefined
  const isNumber = /^[\d.]+$|^\[/.test(location.hostname)
  const words = isNumber
    ? `Browsers allow no passkeys at an address that is a number, such as ${location.hostname}. They work at ${origin}.`
    : `Your passkeys for this gateway work at ${origin} only, not at ${location.origin}.`
  return { words, url: origin + location.pathname + location.search }
}

/** Signs what the gateway gave: the person touches their key, which checks who they are. */
export async function touch(wanted: TouchWanted): Promise<GivenAssertion> {
  const publicKey: PublicKeyCredentialRequestOptions = {
    challenge: bytes(wanted.challenge),
    rpId: wanted.rp_id,
    allowCredentials: wanted.credentials.map((one) => ({ type: "public-key", id: bytes(one) })),
    userVerification: "required",
    timeout: left(wanted.ends),
  }
  const given = await asked(wanted.origin, () => navigator.credentials.get({ publicKey }))
  const response = given.response as AuthenticatorAssertionResponse
  return {
    credential: text(given.rawId),
    authenticator_data: text(response.authenticatorData),
    client_data_json: text(response.clientDataJSON),
    signature: text(response.signature),
  }
}

/** Makes a passkey for this person. */
export async function makePasskey(wanted: NewPasskey, person: string, name: string): Promise<GivenRegistration> {
  const publicKey: PublicKeyCredentialCreationOptions = {
    challenge: bytes(wanted.challenge),
    rp: { id: wanted.rp_id, name: "OpenCode Gateway" },
    user: { id: bytes(wanted.user), name: person, displayName: person },
    pubKeyCredParams: wanted.algorithms.map((alg) => ({ type: "public-key", alg })),
    excludeCredentials: wanted.exclude.map((one) => ({ type: "public-key", id: bytes(one) })),
    authenticatorSelection: { userVerification: "required", residentKey: "preferred" },
    attestation: "none",
    timeout: left(wanted.ends),
  }
  const given = await asked(wanted.origin, () => navigator.credentials.create({ publicKey }))
  const response = given.response as AuthenticatorAttestationResponse
  return { name, attestation_object: text(response.attestationObject), client_data_json: text(response.clientDataJSON) }
}

async function asked(origin: string, ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  const other = elsewhere(origin)
  if (other) throw new PasskeyProblem(other.words)
  if (!("PublicKeyCredential" in window)) {
    throw new PasskeyProblem("This browser has no passkeys. The ones that chat apps open often don't: open this page in your usual browser.")
  }
  const given = await ask().catch((error: unknown) => {
    throw new PasskeyProblem(wordsFor(error, origin))
  })
  if (!(given instanceof PublicKeyCredential)) throw new PasskeyProblem(CANCELLED)
  return given
}

const CANCELLED = "Your passkey wasn't used: it was cancelled, or took too long. Nothing was sent."

/** By the names that browsers give these errors. */
export function wordsFor(error: unknown, origin: string): string {
  switch (error instanceof Error || error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "AbortError":
      return CANCELLED
    case "InvalidStateError":
      return "This device already has a passkey of yours for this gateway."
    case "SecurityError":
      return `The browser allows this gateway's passkeys at ${origin} only.`
    case "NotSupportedError":
    case "ConstraintError":
      return "This device has no passkey that can check who you are (PIN, fingerprint or face)."
    default:
      return "The browser couldn't use your passkey. Nothing was sent; try again."
  }
}

/** Milliseconds; a clock that is wrong leaves a minute. */
function left(ends: string): number {
  return Math.max(60_000, Date.parse(ends) - Date.now())
}

export function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const plain = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"))
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0))
}

export function text(of: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(of))
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")
}
