import { describe, expect, it } from "vitest"
import type { SessionView } from "../src/api/types.gen.ts"
import { entriesFor } from "../src/shell/palette-entries.ts"
import { card } from "./samples.ts"

const ACTIONS = [{ name: "New session", also: "start task" }, { name: "Audit log" }, { name: "Settings" }]
const found = (wanted: string, cards = CARDS, loose: SessionView[] = []) =>
  entriesFor(wanted, cards, loose, ACTIONS).map((entry) => (entry.kind === "session" ? entry.title : `> ${entry.action.name}`))

const CARDS = [
  card({ session: "1", title: "Docs", directory: "/work/login", doing: "idle", active_at: "2026-01-03T10:00:00Z" }),
  card({ session: "2", title: "Fix the login", doing: "ended", active_at: "2026-01-01T10:00:00Z" }),
  card({ session: "3", title: "Pay", doing: "waiting", active_at: "2026-01-02T10:00:00Z" }),
]

describe("the command palette", () => {
  it("begins with what needs somebody, and what one can do", () => {
    // B36
    expect(found("")).toEqual(["Pay", "Docs", "Fix the login", "> New session", "> Audit log", "> Settings"])
  })

  it("finds sessions by words of their titles before those by their place, and commands by other words", () => {
    expect(found("LOGIN")).toEqual(["Fix the login", "Docs"])
    expect(found("login fix")).toEqual(["Fix the login"])
    expect(found("start")).toEqual(["> New session"])
    expect(found("nothing like it")).toEqual([])
  })

  it("has sessions of OpenCode's own too, and of hundreds no more than one looks through", () => {
    const loose = [{ id: "9", title: "From a terminal", directory: "/x", pod: "p", online: true, status: "idle" as const, created_at: 1, updated_at: 1, open_asks: 0, rev: 1 }]
    expect(found("terminal", CARDS, loose)).toEqual(["From a terminal"])
    const many = Array.from({ length: 300 }, (_, n) => card({ session: `s${n}`, title: `Session ${n}` }))
    expect(found("", many).filter((name) => !name.startsWith(">")).length).toBe(6)
    expect(found("session", many).length).toBe(31)
  })

  it("shows hidden characters", () => {
    expect(found("gpj", [card({ session: "x", title: "user\u202Egpj.exe" })])).toEqual(["user⟨U+202E⟩gpj.exe"])
  })
})
