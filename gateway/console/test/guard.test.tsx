import { expect, it } from "vitest"
import type { GuardState } from "../src/api/types.gen.ts"
import { guardWords } from "../src/kit/guard.ts"
import { Guarded, UnguardedMark } from "../src/thread/guarded.tsx"
import { drawn } from "./drawn.tsx"

const PARTLY: GuardState = { level: "partly", gaps: ["sockets", "skills\u202E"], unasked: ["build: edit"] }
const NONE: GuardState = { level: "unguarded", gaps: ["no guard"] }

it("REQ-GATE-05 how an agent is guarded is one word, with what is open beside it", () => {
  expect(guardWords({ level: "guarded" })).toBe("guarded")
  expect(guardWords({ level: "partly", gaps: ["sockets", "skills"] })).toBe("partly guarded: sockets; skills")
  expect(guardWords(NONE)).toBe("UNGUARDED: no guard")
})

it("REQ-GATE-05 a session's card says it, with each gap and what runs without an ask", () => {
  const text = (guard: GuardState) => drawn(<Guarded guard={guard} />).textContent
  expect(text({ level: "guarded" })).toBe("guarded")
  expect(text(PARTLY)).toBe("partly guardedGaps:socketsskills⟨U+202E⟩OpenCode by itself doesn't ask about:build: edit")
  expect(text(NONE)).toBe("UNGUARDEDno guard")
})

it("REQ-GATE-05 UNGUARDED stands above the thread, where nothing has to be opened", () => {
  const mark = (guard?: GuardState) => drawn(<UnguardedMark guard={guard} />).textContent
  expect([mark(NONE), mark(PARTLY), mark()]).toEqual(["UNGUARDED", "", ""])
})
