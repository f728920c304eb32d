import { expect, it } from "vitest"
import { guardWords } from "../src/kit/guard.ts"

it("REQ-GATE-05 how an agent is guarded is one word, with what is open beside it", () => {
  expect(guardWords({ level: "guarded" })).toBe("guarded")
  expect(guardWords({ level: "partly", gaps: ["sockets", "skills"] })).toBe("partly guarded: sockets; skills")
  expect(guardWords({ level: "unguarded", gaps: ["no guard"] })).toBe("UNGUARDED: no guard")
})
