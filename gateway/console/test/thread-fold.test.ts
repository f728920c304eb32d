import { describe, expect, it } from "vitest"
import { fold, type Thread } from "../src/api/thread-fold.ts"
import { foldCards } from "../src/api/cards-fold.ts"
import { card, said } from "./samples.ts"

const empty = { rev: 1, card: card(), items: [] }

function after(...events: [string, unknown][]): Thread {
  let thread: Thread | undefined
  for (const [name, data] of events) {
    const next = fold(thread, name, data)
    if (next === "reload") throw new Error("reload")
    thread = next
  }
  return thread!
}

const keys = (thread: Thread) => thread.items.map((item) => item.key)

describe("the thread's fold", () => {
  it("keeps items in the order of their positions, however they arrive", () => {
    // REQ-THREAD-05
    const thread = after(
      ["thread", { ...empty, items: [said("b", "2", ""), said("a", "1", "")] }],
      ["news", { rev: 2, news: "put", item: said("d", "4", "") }],
      ["news", { rev: 3, news: "put", item: said("c", "3", "") }],
      ["news", { rev: 4, news: "put", item: said("ab", "1.5", "") }],
    )
    expect(keys(thread)).toEqual(["a", "ab", "b", "c", "d"])
  })

  it("compares positions as plain strings, not as a language would", () => {
    // REQ-THREAD-05
    const thread = after(["thread", { ...empty, items: [said("x", "1.a", ""), said("y", "1.B", ""), said("z", "1._", "")] }])
    expect(keys(thread)).toEqual(["y", "z", "x"])
  })

  it("replaces an item in place, and moves it when its position changed", () => {
    const begun = after(["thread", { ...empty, items: [said("a", "1", "x"), said("b", "2", "y")] }])
    const same = fold(begun, "news", { rev: 2, news: "put", item: said("a", "1", "z") }) as Thread
    expect(same.items.map((item) => item.kind === "said" && item.text)).toEqual(["z", "y"])
    const moved = fold(same, "news", { rev: 3, news: "put", item: said("a", "3", "z") }) as Thread
    expect(keys(moved)).toEqual(["b", "a"])
  })

  it("appends text that continues what is known, counted in units of UTF-16", () => {
    // REQ-THREAD-02
    const begun = after(["thread", { ...empty, items: [said("a", "1", "Hi 👋", false)] }])
    const grown = fold(begun, "news", { rev: 2, news: "grew", key: "a", offset: 5, added: " there", complete: true }) as Thread
    expect(grown.items[0]).toMatchObject({ text: "Hi 👋 there", complete: true })
  })

  it("loads anew when text does not continue what is known, so nothing is doubled or lost", () => {
    // REQ-THREAD-02
    const begun = after(["thread", { ...empty, items: [said("a", "1", "Hello", false)] }])
    for (const offset of [0, 4, 6]) {
      expect(fold(begun, "news", { rev: 2, news: "grew", key: "a", offset, added: "x", complete: false })).toBe("reload")
    }
    expect(fold(begun, "news", { rev: 2, news: "grew", key: "gone", offset: 0, added: "x", complete: false })).toBe("reload")
  })

  it("takes nothing twice that the snapshot had already", () => {
    // REQ-THREAD-02
    const begun = after(["thread", { ...empty, rev: 5, items: [said("a", "1", "Hello", false)] }])
    expect(fold(begun, "news", { rev: 5, news: "grew", key: "a", offset: 5, added: "!", complete: false })).toBe(begun)
  })

  it("loads anew when told so, and before any snapshot", () => {
    expect(fold(undefined, "news", { rev: 2, news: "remove", key: "a" })).toBe("reload")
    expect(fold(after(["thread", empty]), "reload", {})).toBe("reload")
  })

  it("removes, and follows the card", () => {
    const begun = after(["thread", { ...empty, items: [said("a", "1", "")] }])
    const gone = fold(begun, "news", { rev: 2, news: "remove", key: "a" }) as Thread
    expect(gone.items).toEqual([])
    const ended = fold(gone, "news", { rev: 3, news: "card", card: card({ doing: "ended" }) }) as Thread
    expect(ended.card.doing).toBe("ended")
  })

  it("lets a news of a later version pass", () => {
    const begun = after(["thread", empty])
    expect(fold(begun, "news", { rev: 2, news: "sparkled" })).toMatchObject({ rev: 2 })
  })

  it("keeps up with thousands of items", () => {
    const items = Array.from({ length: 5000 }, (_, at) => said(`k${at}`, String(at).padStart(8, "0"), "text", at < 4999))
    let thread = after(["thread", { ...empty, items }])
    const begun = performance.now()
    for (let n = 0; n < 200; n++) {
      thread = fold(thread, "news", { rev: 2 + n, news: "grew", key: "k4999", offset: 4 + n, added: "x", complete: false }) as Thread
    }
    expect(performance.now() - begun).toBeLessThan(500)
  })
})

describe("the cards' fold", () => {
  it("begins with all, then follows each", () => {
    const all = foldCards(undefined, "cards", [card()])
    const next = foldCards(all as never, "card", card({ doing: "waiting" }))
    expect(next).not.toBe("reload")
    expect((next as Map<string, unknown>).get("ses_12345678")).toMatchObject({ doing: "waiting" })
    expect(foldCards(undefined, "card", card())).toBe("reload")
  })
})
