import { beforeEach, describe, expect, it } from "vitest"
import { grouped } from "../src/list/order.ts"
import { draftOf, keepDraft } from "../src/lib/drafts.ts"
import { isPlainName } from "../src/lib/person.ts"
import { chosen, isComplete, keepForm, keptForm, titleFrom, toRequest } from "../src/start/form.ts"
import { newestTodos } from "../src/thread/todos.ts"
import { card } from "./samples.ts"
import type { ThreadItem } from "../src/api/types.ts"

beforeEach(() => localStorage.clear())

describe("the list of sessions", () => {
  it("begins with what waits for a person", () => {
    // REQ-CONSOLE-01
    const cards = (["idle", "ended", "working", "waiting", "paused"] as const).map((doing, at) => card({ session: `s${at}`, doing }))
    expect(grouped(cards).map((group) => group.doing)).toEqual(["waiting", "working", "paused", "idle", "ended"])
  })

  it("finds by title, project or directory", () => {
    const cards = [card({ session: "a", title: "Fix login" }), card({ session: "b", title: "Docs", directory: "/work/login" }), card({ session: "c", title: "Other" })]
    expect(grouped(cards, "LOGIN").flatMap((group) => group.cards.map((one) => one.session)).sort()).toEqual(["a", "b"])
    expect(grouped(cards, "nothing like it")).toEqual([])
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
    expect(isComplete(form)).toBe(true)
    expect(isComplete({ ...form, prompt: "  " })).toBe(false)
    expect(JSON.parse(JSON.stringify(toRequest(form)))).toEqual({ directory: "/work/sample", title: "Add a check", prompt: "Add a check\nwith a test", priority: "normal" })
  })

  it("works in a workspace of the project's repositories, or in a directory", () => {
    // REQ-START-12, REQ-WORK-01
    const listed = { name: "P-001", repositories: [], workspace_repositories: ["web", "api"] }
    const form = { ...keptForm(), ...chosen(listed), prompt: "Add a check" }
    expect(isComplete(form, ["web", "api"])).toBe(true)
    expect(toRequest(form, [], ["web", "api"]).workspace).toEqual({ name: undefined, repositories: ["web", "api"] })
    expect(toRequest({ ...form, repositories: ["api", "gone"], workspace: "shop-check" }, [], ["web", "api"]).workspace).toEqual({ name: "shop-check", repositories: ["api"] })
    const there = { ...form, ...chosen({ name: "shop", repositories: [{ name: "web", directory: "/work/web" }] }) }
    expect(isComplete(there, ["web"])).toBe(false)
    expect(toRequest({ ...there, directory: "/work/web" }, [], ["web"])).toMatchObject({ directory: "/work/web", project: "shop" })
  })

  it("makes a title out of a long task", () => {
    const title = titleFrom("a word ".repeat(40))
    expect(title.length).toBeLessThanOrEqual(61)
    expect(title.endsWith("…")).toBe(true)
  })
})

describe("a name", () => {
  it.each([["anna", true], ["anna.b@example", true], ["", false], [" anna", false], ["anna\nx-evil: 1", false], ["Zoë", false], ["x".repeat(65), false]])("%j", (name, plain) => {
    expect(isPlainName(name)).toBe(plain)
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
