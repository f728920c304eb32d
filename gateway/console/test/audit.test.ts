import { expect, test } from "vitest"
import type { ChainedEntry } from "../src/api/types.gen.ts"
import { answerWords } from "../src/audit/answer-words.ts"
import { asCsv, asJsonLines, COLUMNS } from "../src/audit/export.ts"

const entry: ChainedEntry = {
  number: 7, at: "2026-11-28T15:00:00Z", who: "web:anna", what: "answered", session: "ses_1", ask: "per_1", digest: "d", previous: "p", hash: "h",
  answer: '{"answer":"always"}', subject: 'echo "a", b\nrm -rf /', always: ["npm *", "git *"], title: "Fix, the login",
}

test("B8 the exported log says what was allowed, in a file that a spreadsheet reads", () => {
  const [head, ...rest] = asCsv([entry]).split("\r\n")
  expect(head).toBe(COLUMNS.join(","))
  expect(rest.join("\r\n")).toBe('7,2026-11-28T15:00:00Z,web:anna,answered,"{""answer"":""always""}","echo ""a"", b\nrm -rf /",npm * git *,"Fix, the login",ses_1,per_1,d,h\r\n')
  const lines = asJsonLines([entry, { ...entry, number: 8 }]).split("\n")
  expect(lines).toHaveLength(3)
  expect(JSON.parse(lines[0]!)).toEqual(entry)
  expect(JSON.parse(lines[1]!).number).toBe(8)
})

test("B8 what an agent wrote is never a formula", () => {
  const csv = asCsv([{ ...entry, subject: '=HYPERLINK("http://evil")', title: "@SUM(1)", always: ["-x"] }])
  expect(csv).toContain(`"'=HYPERLINK(""http://evil"")"`)
  expect(csv).toContain("'@SUM(1)")
  expect(csv).toContain(",'-x,")
})

test("B8 a cell is no formula where semicolons part cells either", () => {
  // REQ-PROOF-01
  const csv = asCsv([{ ...entry, subject: "x;=1+1", title: "a\n-2", always: ["\uff1d1"], session: "git push --force" }])
  expect(csv).toContain(`"x;'=1+1","'\uff1d1","a\n'-2",git push --force`.replace(`"'\uff1d1"`, "'\uff1d1"))
})

test("B8 an entry from before it was kept has empty fields", () => {
  const { subject, always, title, ...old } = entry
  expect(asCsv([old]).split("\r\n")[1]!.endsWith(",,,,ses_1,per_1,d,h")).toBe(true)
})

test("what was answered, and what the gate decided by itself, is said in words", () => {
  // REQ-GATE-08
  expect(answerWords('{"answer":"grant","for":"hour"}')).toBe("Allowed for one hour")
  expect(answerWords('{"answer":"grant","for":"project","pattern":"npm test*"}')).toBe("Allowed in the project (npm test*)")
  expect(answerWords('{"verdict":"allow","rule":"grant grt_1"}')).toBe("grant grt_1")
  expect(answerWords('{"verdict":"allow","rule":"runs what only looks","calls":12}')).toBe("runs what only looks, 12 calls")
  expect(answerWords('{"verdict":"deny","why":"No network here."}')).toBe("No network here.")
  expect(answerWords('{"alarm":"foreign_reply"}')).toBe("foreign_reply")
  for (const odd of ["closed", '"text"', '{"else":1}', "7"]) expect(answerWords(odd)).toBe(odd)
})
