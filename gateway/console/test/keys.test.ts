import { beforeEach, describe, expect, it, vi } from "vitest"
import { type Doer, pressed, SHORTCUTS } from "../src/shell/keys.ts"

let doer: { [Name in keyof Doer]: ReturnType<typeof vi.fn> }
const answered = vi.fn()

beforeEach(() => {
  doer = { help: vi.fn(), palette: vi.fn(), go: vi.fn(), say: vi.fn() }
  answered.mockReset()
  document.body.innerHTML = `
    <a data-session="a" href="/a">a</a><a data-session="b" href="/b" data-status="active">b</a><button data-more>31 more</button>
    <article data-open="true"><button data-answer="once">Allow</button><button data-answer="deny">Deny</button></article>
    <textarea id="message"></textarea>`
  for (const button of document.querySelectorAll<HTMLElement>("[data-answer]")) button.addEventListener("click", () => answered(button.dataset.answer))
  for (const one of document.querySelectorAll("a, button")) Object.defineProperty(one, "offsetParent", { get: () => document.body })
})

const press = (key: string, more: KeyboardEventInit = {}) => {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more })
  const target = document.activeElement ?? document.body
  Object.defineProperty(event, "target", { value: target })
  pressed(event, doer as unknown as Doer)
}
const shift = (key: string, more: KeyboardEventInit = {}) => press(key.toUpperCase(), { shiftKey: true, ...more })
const button = (answer: string) => document.querySelector<HTMLElement>(`[data-answer=${answer}]`)!

describe("a request", () => {
  it("is allowed by the second press only, and only where the focus is", () => {
    // REQ-ASK-01, B36
    shift("a")
    expect(answered).not.toHaveBeenCalled()
    button("deny").focus()
    shift("a")
    expect(answered).not.toHaveBeenCalled()
    expect(document.activeElement).toBe(button("once"))
    expect(doer.say).toHaveBeenCalledWith(expect.stringContaining("again"))
    shift("a")
    expect(answered.mock.calls).toEqual([["once"]])
    shift("a")
    expect(answered.mock.calls.length, "the next is a first press again").toBe(1)
  })

  it("is not allowed by a key that is held down, by caps lock, late, or after the focus went elsewhere", () => {
    button("once").focus()
    shift("a")
    shift("a", { repeat: true })
    press("A")
    press("A")
    expect(answered).not.toHaveBeenCalled()
    button("once").focus()
    shift("a")
    button("deny").focus()
    shift("a")
    expect(answered).not.toHaveBeenCalled()
    vi.useFakeTimers()
    vi.setSystemTime(Date.now() + 60_000)
    shift("a")
    vi.useRealTimers()
    expect(answered).not.toHaveBeenCalled()
  })

  it("is denied by one press", () => {
    button("once").focus()
    shift("d")
    expect(answered.mock.calls).toEqual([["deny"]])
  })
})

describe("the list", () => {
  it("is walked through row by row, folded ones too", () => {
    // B36: "31 more" was out of reach
    press("j")
    expect((document.activeElement as HTMLElement).dataset.more).toBe("")
    press("j")
    expect((document.activeElement as HTMLElement).dataset.more).toBe("")
    press("k")
    press("k")
    expect((document.activeElement as HTMLElement).dataset.session).toBe("a")
  })
})

describe("keys", () => {
  it("open the palette also while somebody types; others are letters there", () => {
    document.querySelector<HTMLElement>("#message")!.focus()
    press("n")
    expect(doer.go).not.toHaveBeenCalled()
    press("k", { ctrlKey: true })
    press("k", { metaKey: true })
    expect(doer.palette).toHaveBeenCalledTimes(2)
    press("k", { ctrlKey: true, shiftKey: true })
    expect(doer.palette).toHaveBeenCalledTimes(2)
  })

  it("leave the browser's own alone", () => {
    press("n", { ctrlKey: true })
    press("s", { metaKey: true })
    press("x")
    expect(doer.go).not.toHaveBeenCalled()
  })

  it("are all told, each once", () => {
    const does = SHORTCUTS.flatMap(([, keys]) => keys.map(([, does]) => does))
    expect(new Set(does).size).toBe(does.length)
    expect(SHORTCUTS.flatMap(([, keys]) => keys.flatMap(([shown]) => shown))).toEqual(expect.arrayContaining(["j", "k", "a", "n", "?", "Shift A", "Shift D", "Shift R", "Esc", "Ctrl K"]))
  })
})
