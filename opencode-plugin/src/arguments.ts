// Arguments of a call as the gate shows them. What is shown must be what runs: so they are copied when the call is held,
// compared when it is let go, and frozen then, since another plugin's hook may still have its hands on them.
import { LIMITS } from "./protocol.gen.ts"
import { byteLength, errorText } from "./text.ts"

export type Arguments = Record<string, unknown>

/** Deeper ones are no tool's, and the gateway could not read the frame. */
const DEEPEST = 64

/** What the copy is, and its text with all names in order: equal texts are equal arguments. */
export type Shown = { args: Arguments; text: string }

/** Throws a sentence for the agent when they cannot be shown. */
export function shown(args: unknown): Shown {
  if (typeof args !== "object" || args === null || Array.isArray(args)) {
    throw new Error("The arguments of this call are not an object, so nobody could see what it does; it did not run.")
  }
  const text = canonical(args)
  if (byteLength(text) > LIMITS.MAX_HELD_ARGS_BYTES) {
    const [has, may] = [byteLength(text), LIMITS.MAX_HELD_ARGS_BYTES].map((bytes) => Math.ceil(bytes / 1024))
    throw new Error(`The arguments of this call have ${has} KiB, and nobody can look at more than ${may} KiB; it did not run. Do it in smaller steps.`)
  }
  return { args: JSON.parse(text) as Arguments, text }
}

export function isStill({ text }: Shown, args: unknown): boolean {
  try {
    return canonical(args) === text
  } catch {
    return false
  }
}

/** Nothing can be put in or taken out any more, at any depth. */
export function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const inner of Object.values(value)) freeze(inner)
}

function canonical(args: unknown): string {
  try {
    return JSON.stringify(sorted(args, 0)) ?? ""
  } catch (error) {
    throw new Error(`The arguments of this call cannot be shown to anyone (${errorText(error)}); it did not run.`)
  }
}

/** A plain copy with all names in order. Whatever a tool could read and nobody could see has no place in it. */
function sorted(value: unknown, depth: number): unknown {
  if (depth > DEEPEST) throw new Error("they are nested too deep")
  if (typeof value === "string") return text(value)
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map((inner) => sorted(inner, depth + 1))
  if (![Object.prototype, null].includes(Object.getPrototypeOf(value))) throw new Error("they are more than values")
  // A map without a prototype: `__proto__` is a name like any other.
  const ordered = Object.create(null) as Arguments
  for (const name of Reflect.ownKeys(value).sort(byName)) {
    const { enumerable, get, value: inner } = Object.getOwnPropertyDescriptor(value, name)!
    if (typeof name === "symbol" || !enumerable || get) throw new Error("they are more than values")
    ordered[text(name)] = sorted(inner, depth + 1)
  }
  return ordered
}

function byName(a: string | symbol, b: string | symbol): number {
  return String(a) < String(b) ? -1 : 1
}

/** Halves of characters would be shown as something else than they are. */
function text(value: string): string {
  if (/\p{Surrogate}/u.test(value)) throw new Error("they hold halves of characters")
  return value
}
