// The one way to wait: look, and look again, until it is so.
import { inspect } from "node:util"

/** Hands on what a look found. When nothing comes, the error says what was waited for, how long, and what was seen last. */
export async function until(what, look, patience = 15_000, every = 50) {
  const deadline = Date.now() + patience
  for (;;) {
    const seen = await look()
    if (seen) return seen
    if (Date.now() > deadline) throw new Error(`Waited ${patience / 1000} s in vain for ${what}; last seen: ${inspect(seen)}.`)
    await new Promise((resolve) => setTimeout(resolve, every))
  }
}
