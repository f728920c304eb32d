// What was written without a connection is sent once it is back, in order and once (REQ-CONSOLE-01, B32).
import { beforeEach, describe, expect, it } from "vitest"
import { type Delivered, fits, flush, holdsBack, keepOutbox, outboxOf, type Unsent } from "../src/lib/outbox.ts"

const unsent = (key: string, change: Partial<Unsent> = {}): Unsent => ({ key, text: `text of ${key}`, answers: false, ...change })

async function flushed(all: Unsent[], answers: boolean, became: (key: string) => Delivered) {
  const sent: string[] = []
  let left = all
  await flush(all, answers, async (one) => (sent.push(one.key), became(one.key)), (now) => (left = now))
  return { sent, left: left.map(({ key }) => key), refused: left[0]?.refused }
}

describe("the outbox", () => {
  beforeEach(() => localStorage.clear())

  it("outlives the page", () => {
    keepOutbox("ses_1", [unsent("a")])
    expect(outboxOf("ses_1")).toEqual([unsent("a")])
    expect(outboxOf("ses_2")).toEqual([])
    keepOutbox("ses_1", [])
    expect(localStorage.length).toBe(0)
    localStorage.setItem("gateway.outbox.ses_1", "{broken")
    expect(outboxOf("ses_1")).toEqual([])
  })

  it("sends in order, and stops where the connection breaks again", async () => {
    const all = [unsent("a"), unsent("b"), unsent("c")]
    expect(await flushed(all, false, () => "sent")).toMatchObject({ sent: ["a", "b", "c"], left: [] })
    expect(await flushed(all, false, (key) => (key === "b" ? "unreached" : "sent"))).toMatchObject({ sent: ["a", "b"], left: ["b", "c"] })
  })

  it("keeps what is refused, with the reason, and nothing overtakes it", async () => {
    expect(await flushed([unsent("a"), unsent("b")], false, () => ({ refused: "Closed." }))).toEqual({ sent: ["a"], left: ["a", "b"], refused: "Closed." })
  })

  it("answers no question that was asked after it was written", async () => {
    expect(await flushed([unsent("a")], true, () => "sent")).toMatchObject({ sent: [], left: ["a"] })
    expect(holdsBack(unsent("a"), true)).toMatch(/counts as your answer/)
    expect(holdsBack(unsent("a", { answers: true }), false)).toMatch(/no longer open/)
    expect(await flushed([unsent("a", { answers: true })], true, () => "sent")).toMatchObject({ sent: ["a"] })
  })

  it("has room for what a browser keeps", () => {
    expect(fits([], "x".repeat(100_000))).toBe(true)
    expect(fits([unsent("a")], "x".repeat(100_000))).toBe(false)
    expect(fits(Array.from({ length: 20 }, (_, n) => unsent(`${n}`)), "x")).toBe(false)
  })
})
