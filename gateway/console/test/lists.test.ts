import { beforeEach, describe, expect, it } from "vitest"
import { grouped, lastActive, outcome } from "../src/list/order.ts"
import { draftOf, keepDraft } from "../src/lib/drafts.ts"
import { isPlainName, tidyName } from "../src/lib/person.ts"
import { chosen, keepForm, keptForm, missing, titleFrom, toRequest, worthShowing } from "../src/start/form.ts"
import { projectLabel } from "../src/start/more-options.tsx"
import { firstPlace, isOffered, keepPlace, placesOf } from "../src/start/use-places.ts"
import { newestTodos } from "../src/thread/todos.ts"
import { card } from "./samples.ts"
import type { ThreadItem } from "../src/api/types.gen.ts"

beforeEach(() => localStorage.clear())

describe("the list of sessions", () => {
  it("begins with what waits for a person", () => {
    // REQ-CONSOLE-01
    const cards = (["idle", "ended", "working", "failed", "waiting", "paused"] as const).map((doing, at) => card({ session: `s${at}`, doing }))
    expect(grouped(cards).map((group) => group.doing)).toEqual(["waiting", "failed", "working", "paused", "idle", "ended"])
  })

  it("is in the order in which something last happened, not of the starts", () => {
    const old = card({ session: "old", doing: "idle", started_at: "2026-01-01T10:00:00Z", active_at: "2026-01-03T10:00:00Z" })
    const young = card({ session: "young", doing: "idle", started_at: "2026-01-02T10:00:00Z" })
    expect(grouped([young, old])[0]!.cards.map((one) => one.session)).toEqual(["old", "young"])
    expect(lastActive(young)).toBe("2026-01-02T10:00:00Z")
  })

  it("says what became of each", () => {
    expect(outcome(card({ doing: "failed", failed: { at: "", why: "Model not found: a/b." } }))).toBe("Model not found: a/b.")
    expect(outcome(card({ doing: "idle", project: "1" }), new Map([["1", "Shop"]]))).toBe("Shop")
    expect(outcome(card({ online: false }))).toBe("Agent offline")
  })

  it("finds by title, project or directory", () => {
    const cards = [card({ session: "a", title: "Fix login" }), card({ session: "b", title: "Docs", directory: "/work/login" }), card({ session: "c", title: "Other" })]
    expect(grouped(cards, "LOGIN").flatMap((group) => group.cards.map((one) => one.session)).sort()).toEqual(["a", "b"])
    expect(grouped(cards, "nothing like it")).toEqual([])
  })

  it("finds a session by the beginning of its id, and not by what happens to be in it", () => {
    const cards = [card({ session: "ses_ab12cd34", title: "Docs" })]
    expect(grouped(cards, "12")).toEqual([])
    expect(grouped(cards, "ses_ab12")).toHaveLength(1)
  })
})

describe("a draft", () => {
  it("is kept for each session, with the key that makes it count once", () => {
    // REQ-START-08
    const draft = { text: "half a thought", key: "abcdefgh1234" }
    keepDraft("one", draft)
    expect(draftOf("one")).toEqual(draft)
    expect(draftOf("two").text).toBe("")
    keepDraft("one", { ...draft, text: "" })
    expect(draftOf("one").text).toBe("")
    expect(draftOf("one").key).toMatch(/^[a-z0-9]{8,64}$/)
  })
})

describe("the start form", () => {
  it("keeps what was typed until the session has started", () => {
    // REQ-START-01
    const form = { ...keptForm(), prompt: "Add a check", directory: "/work/sample" }
    keepForm(form)
    expect(keptForm()).toEqual(form)
    keepForm(undefined)
    expect(keptForm().prompt).toBe("")
    expect(keptForm().key).not.toBe(form.key)
  })

  it("needs a task and a place, and sends no empty fields", () => {
    // REQ-START-01
    const form = { ...keptForm(), prompt: "Add a check\nwith a test", directory: " /work/sample " }
    expect(missing(form)).toBeUndefined()
    expect(missing({ ...form, prompt: "  " })).toBe("Describe the task first.")
    expect(JSON.parse(JSON.stringify(toRequest(form)))).toEqual({ directory: "/work/sample", title: "Add a check", prompt: "Add a check\nwith a test", priority: "normal" })
  })

  it("works in a workspace of the project's repositories, or in a directory", () => {
    // REQ-START-12, REQ-WORK-01
    const listed = { name: "P-001", status: "active" as const, repositories: [], workspace_repositories: ["web", "api"] }
    const form = { ...keptForm(), ...chosen(listed), prompt: "Add a check" }
    expect(missing(form, { known: ["web", "api"] })).toBeUndefined()
    expect(toRequest(form, [], ["web", "api"]).workspace).toEqual({ name: undefined, repositories: ["web", "api"] })
    expect(toRequest({ ...form, repositories: ["api", "gone"], workspace: "shop-check" }, [], ["web", "api"]).workspace).toEqual({ name: "shop-check", repositories: ["api"] })
    const there = { ...form, ...chosen({ name: "shop", status: "active", repositories: [{ name: "web", directory: "/work/web" }, { name: "api", directory: "/work/api" }], workspace_repositories: [] }) }
    expect(missing(there, { known: ["web"] })).toBe("Choose a repository.")
    expect(toRequest({ ...there, directory: "/work/web" }, [], ["web"])).toMatchObject({ directory: "/work/web", project: "shop" })
  })

  it("makes a title out of a long task", () => {
    const title = titleFrom("a word ".repeat(40))
    expect(title.length).toBeLessThanOrEqual(61)
    expect(title.endsWith("…")).toBe(true)
  })
})

describe("a name", () => {
  it.each([["anna", true], ["anna.b@example", true], ["", false], [" anna", false], ["anna\nx-evil: 1", false], ["Zoë", true], ["Ännä Kovač", true], ["山田太郎", true], ["अनुजा", true], ["an\u202Ena", false], ["an\u200Bna", false], ["x".repeat(65), false]])("%j", (name, plain) => {
    expect(isPlainName(name)).toBe(plain)
  })
})

it("a name has one spelling, however its accents were typed", () => {
  // B14
  expect(tidyName(" Zoe\u0308  K ")).toBe("Zoë K")
  expect(isPlainName("Zoe\u0308")).toBe(false)
})

describe("what the form offers", () => {
  const shop = { name: "shop", title: "Shop", status: "active" as const, repositories: [{ name: "web", directory: "/work/web" }], workspace_repositories: [] }
  const done = { name: "old", status: "done" as const, repositories: [], workspace_repositories: [] }

  it("says why the session cannot be started", () => {
    // UX 1.3: the button was disabled without a reason
    const form = { ...keptForm(), prompt: "Go", directory: "/work/web" }
    expect(missing({ ...form, directory: "" })).toBe("Choose a repository.")
    expect(missing(form, { pods: [] })).toBe("No agent is connected.")
    expect(missing(form, { pods: ["a", "b"] })).toBe("Choose a pod.")
    expect(missing({ ...form, model: "gpt" })).toContain("provider/model")
    expect(missing(form, { pods: ["a"] })).toBeUndefined()
  })

  it("leaves finished projects out, but not the one that was chosen", () => {
    // B27
    expect([shop, done].filter((one) => isOffered(one)).map((one) => one.name)).toEqual(["shop"])
    expect(isOffered(done, "old")).toBe(true)
    expect(projectLabel({ name: "1", title: "Shop" })).toBe("Shop (1)")
    expect(projectLabel(shop)).toBe("shop")
  })

  it("chooses the place of the last start, else what was worked in last, each place once", () => {
    const places = placesOf([shop], [{ name: "web", directory: "/work/web" }, { name: "sample", directory: "/tmp/sample" }])
    expect(places.map((place) => place.directory)).toEqual(["/work/web", "/tmp/sample"])
    expect(firstPlace(places)).toEqual({ directory: "/tmp/sample" })
    keepPlace("/work/web")
    expect(firstPlace(places)).toEqual({ directory: "/work/web", project: "shop", apart: false })
    expect(firstPlace([])).toBeUndefined()
  })

  it("shows no suggestion below half", () => {
    // B29
    const routing = { agent: "builder", confidence: 0.49, because: ["insufficient context"] }
    expect(worthShowing(routing)).toBeUndefined()
    expect(worthShowing({ ...routing, confidence: 0.72 })?.agent).toBe("builder")
  })
})

describe("the to-do list", () => {
  it("is that of the newest call", () => {
    const tools = (key: string, output: string): ThreadItem => ({ key, order: key, at: "", kind: "tools", lines: [{ state: "done", text: "", details: [{ tool: "todowrite", subject: "", output }] }] })
    const items = [tools("1", '[{"content":"old","status":"pending"}]'), tools("2", '[{"content":"new","status":"completed"}]'), tools("3", "not readable")]
    expect(newestTodos(items)).toEqual([{ content: "new", status: "completed" }])
    expect(newestTodos([])).toEqual([])
  })
})
