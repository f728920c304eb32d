import { expect, test } from "vitest"
import { changesFiles, isReadOnly } from "../src/read-only.ts"

const HARMLESS = [
  "ls -la",
  "cat README.md | head -5",
  "git status && git diff",
  "rg 'foo bar' src",
  "find . -name '*.ts'",
  "wc -l src/a.ts; pwd",
  "ls missing 2>/dev/null || echo none",
  "git log --oneline -5",
]

const HARMFUL = [
  "echo x > file",
  "echo x >> file",
  "cat a <b",
  "echo $(rm a)",
  "echo `rm a`",
  "ls; rm a",
  "ls && npm install",
  "ls | xargs rm",
  "find . -delete",
  "find . -name a -exec rm {} +",
  "sed -i s/a/b/ file",
  "sort -o file file",
  "git diff --output=file",
  "git -c core.pager=evil log",
  "git checkout .",
  "git stash",
  "env X=1 rm a",
  "X=1 rm a",
  "sudo ls",
  "ls\nrm a",
  "tee file",
  "rg --pre evil x",
  "fd -x rm",
  "git grep --open-files-in-pager=evil x",
  "npm test",
  "python -c 'print(1)'",
  "eval rm",
  "(rm a)",
  "ls & rm a",
]

test.each(HARMLESS)("REQ-PLUGIN-05 only reads: %s", (command) => expect(isReadOnly(command)).toBe(true))

test.each(HARMFUL)("REQ-PLUGIN-05 counts as writing: %s", (command) => expect(isReadOnly(command)).toBe(false))

test("REQ-PLUGIN-05 edit, write and patch write; reading tools do not; a command that is none does", () => {
  for (const tool of ["edit", "write", "patch", "apply_patch"]) expect(changesFiles(tool, {})).toBe(true)
  for (const tool of ["read", "grep", "glob", "list", "todowrite", "milestone"]) expect(changesFiles(tool, {})).toBe(false)
  expect(changesFiles("bash", {})).toBe(true)
})
