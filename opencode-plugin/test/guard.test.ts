import { expect, test } from "vitest"
import { Guard, PROGRAM } from "../src/guard.ts"
import type { Log } from "../src/log.ts"

const quiet: Log = { info: () => {}, warn: () => {} }
const env = { [PROGRAM]: "/opt/guard/guard" }
const says = (report: unknown) => async () => (typeof report === "string" ? report : JSON.stringify(report))

function guard(report: unknown): Guard {
  const made = new Guard(env, quiet, says(report))
  made.configured("/opt/guard/bash")
  return made
}

test("REQ-GATE-07 what the kernel gives is told; without a guard nothing is", async () => {
  expect(await guard({ abi: 7, missing: ["sockets"], gives: ["files"] }).report()).toEqual({ abi: 7, missing: ["sockets"] })
  expect(await new Guard({}, quiet, says({ abi: 7 })).report()).toBeUndefined()
  expect(await new Guard({ [PROGRAM]: "" }, quiet, says({ abi: 7 })).report()).toBeUndefined()
})

test("REQ-GATE-07 a guard that is there and not used is told as such", async () => {
  for (const shell of [undefined, "/bin/bash", "/opt/guard-evil/bash", 7]) {
    const made = new Guard(env, quiet, says({ abi: 7, missing: [] }))
    made.configured(shell)
    expect((await made.report())?.refused, String(shell)).toContain("not the guarded one")
  }
  expect((await guard({ abi: 7, missing: [], refused: "no policy" }).report())?.refused).toBe("no policy")
})

test("REQ-GATE-07 a guard that answers nonsense, or not at all, keeps nobody from anything", async () => {
  for (const report of ["", "[]", "null", '{"abi":"7"}', "{"]) {
    const told = await guard(report).report()
    expect(told?.abi, report).toBe(0)
    expect(told?.missing, report).toEqual([])
  }
  const away = new Guard(env, quiet, async () => { throw new Error("ENOENT") })
  expect(await away.report()).toEqual({ abi: 0, missing: [], refused: "The guarded shell does not answer." })
})

test("REQ-GATE-04 a sub-agent's command runs for the session that people see, where OpenCode says", async () => {
  const shell: Record<string, string> = { KEPT: "1" }
  await guard({}).name(shell, "ses_child", "/work/shop", async (session) => `root-of-${session}`)
  expect(shell).toEqual({ KEPT: "1", GUARD_WORKTREE: "/work/shop", GUARD_SESSION: "root-of-ses_child" })
})

test("REQ-GATE-07 names that were in the environment are not believed", async () => {
  const forged = () => ({ GUARD_WORKTREE: "/work/other", GUARD_SESSION: "ses_other" }) as Record<string, string>
  const terminal = forged()
  await guard({}).name(terminal, undefined, "/work/shop", async () => "ses_1")
  expect(terminal).toEqual({ GUARD_WORKTREE: "/work/shop", GUARD_SESSION: "" })
  const unknown = forged()
  await expect(guard({}).name(unknown, "ses_1", "/work/shop", async () => { throw new Error("OpenCode is away") })).rejects.toThrow("away")
  expect(unknown).toEqual({ GUARD_WORKTREE: "/work/shop", GUARD_SESSION: "" })
})

test("without a guard a command's environment stays as it is", async () => {
  const shell = {}
  await new Guard({}, quiet).name(shell, "ses_1", "/work/shop", async () => "ses_1")
  expect(shell).toEqual({})
})
