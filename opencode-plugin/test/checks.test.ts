import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { expect, test } from "vitest"
import { Checks } from "../src/checks.ts"
import { Guard } from "../src/guard.ts"
import type { CheckEnded } from "../src/protocol.gen.ts"
import { LIMITS } from "../src/protocol.gen.ts"

const quiet = { info: () => {}, warn: () => {} }

function setUp(remembered?: number) {
  const directory = mkdtempSync(join(tmpdir(), "checks-"))
  mkdirSync(join(directory, "tmp"))
  const env = { ...process.env, TMPDIR: join(directory, "tmp") }
  const checks = new Checks(async () => ({ program: "", before: [], env }), quiet, remembered)
  let count = 0
  const begin = (command: string, { limit_ms = 60_000, ...more } = {} as { limit_ms?: number; report?: string; env?: Record<string, string>; before?: boolean }) => {
    const check_id = `chk_${++count}`
    checks.start({ type: "check.start", session_id: "ses_1", check_id, command, env: {}, limit_ms, ...more }, directory)
    return check_id
  }
  const result = async (check_id: string) => (await checks.result({ session_id: "ses_1", check_id })) as unknown as CheckEnded
  const run = (command: string, more?: Parameters<typeof begin>[1]) => result(begin(command, more))
  return { directory, checks, begin, result, run }
}

const isAlive = (pid: number) => spawnSync("kill", ["-0", String(pid)]).status === 0

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let n = 0; n < 400; n++) {
    if (holds()) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`not within 10 s: ${what}`)
}

const pidIn = (file: string) => (existsSync(file) ? Number(readFileSync(file, "utf8").trim()) : 0)

test("REQ-CHECK-05 a check runs in the session's directory and says what it printed and how it ended", async () => {
  const { directory, run } = setUp()
  const ended = await run("pwd; echo more >&2; echo $TEST_URL; exit 3", { env: { TEST_URL: "http://lab.test" } })
  const printed = `${directory}\nmore\nhttp://lab.test\n`
  expect(ended).toMatchObject({ exit_code: 3, timed_out: false, stopped: false, output: printed, output_bytes: printed.length })
  expect(ended.digest).toBe(createHash("sha256").update(printed).digest("hex"))
  expect(await run("no-such-program-at-all")).toMatchObject({ exit_code: 127 })
  expect(await run("kill -9 $$")).toMatchObject({ exit_code: null, timed_out: false })
})

test("REQ-CHECK-05 a check that hangs is ended with its whole group at its limit", async () => {
  const { directory, run } = setUp()
  const began = Date.now()
  expect(await run("sleep 300 & echo $! > child; trap '' TERM; while :; do sleep 1; done", { limit_ms: 700 })).toMatchObject({ timed_out: true })
  expect(Date.now() - began).toBeLessThan(10_000)
  await until("its child is gone", () => !isAlive(pidIn(join(directory, "child"))))
})

test("REQ-CHECK-05 what it leaves running ends with it, and what leaves the group holds nobody up", async () => {
  const { directory, run } = setUp()
  const began = Date.now()
  expect(await run("sleep 300 & echo $! > child; echo done")).toMatchObject({ exit_code: 0, output: "done\n" })
  await until("its child is gone", () => !isAlive(pidIn(join(directory, "child"))))
  // It holds the pipes, in a session of its own.
  expect(await run("setsid sleep 20 & echo done")).toMatchObject({ exit_code: 0, output: "done\n" })
  expect(Date.now() - began).toBeLessThan(15_000)
})

test("REQ-CHECK-05 of 100 MB the end is kept, all of it is digested", async () => {
  const { run } = setUp()
  const ended = await run("head -c 100000000 /dev/zero | tr '\\0' x; echo; echo last")
  expect(ended.output_bytes).toBe(100_000_006)
  expect(Buffer.byteLength(ended.output)).toBeLessThanOrEqual(LIMITS.MAX_CHECK_OUTPUT_BYTES)
  expect(ended.output.endsWith("\nlast\n")).toBe(true)
  expect(ended.digest).toMatch(/^[0-9a-f]{64}$/)
})

test("REQ-CHECK-05 the same check is one run, and one that nobody knows is said so", async () => {
  const { directory, checks, begin, result } = setUp()
  const id = begin("echo once >> times")
  const again = { type: "check.start", session_id: "ses_1", check_id: id, command: "echo twice >> times", env: {}, limit_ms: 1_000 } as const
  expect(checks.start(again, directory)).toEqual({ kind: "done" })
  await result(id)
  expect(checks.start(again, directory)).toEqual({ kind: "done" })
  expect(await result(id)).toMatchObject({ exit_code: 0 })
  expect(readFileSync(join(directory, "times"), "utf8")).toBe("once\n")
  await expect(result("chk_none")).rejects.toMatchObject({ code: "check_not_found" })
  await expect(checks.result({ session_id: "ses_2", check_id: id })).rejects.toMatchObject({ code: "check_not_found" })
  expect(() => checks.start({ ...again, session_id: "ses_2" }, directory)).toThrow("Another session")
  expect(() => checks.start({ ...again, check_id: "../x" }, directory)).toThrow("plain word")
  expect(() => checks.start({ ...again, check_id: "chk_x", env: { "LD_PRELOAD=x;": "y" } }, directory)).toThrow("plain word")
})

test("REQ-CHECK-05 somebody stops it", async () => {
  const { directory, checks, begin, result } = setUp()
  const id = begin("echo $$ > pid; sleep 300")
  await until("it runs", () => pidIn(join(directory, "pid")) > 0)
  checks.stop({ session_id: "ses_2", check_id: id })
  expect(isAlive(pidIn(join(directory, "pid")))).toBe(true)
  checks.stop({ session_id: "ses_1", check_id: id })
  expect(await result(id)).toMatchObject({ stopped: true, timed_out: false })
  expect(isAlive(pidIn(join(directory, "pid")))).toBe(false)
})

test("REQ-CHECK-05 a stop that overtakes the start counts", async () => {
  const { directory, checks, result } = setUp()
  checks.stop({ session_id: "ses_1", check_id: "chk_early" })
  checks.stop({ session_id: "ses_2", check_id: "chk_other" })
  for (const check_id of ["chk_early", "chk_other"]) {
    checks.start({ type: "check.start", session_id: "ses_1", check_id, command: "sleep 1", env: {}, limit_ms: 60_000 }, directory)
  }
  expect(await result("chk_early")).toMatchObject({ stopped: true })
  expect(await result("chk_other"), "another session's word").toMatchObject({ stopped: false, exit_code: 0 })
})

test("REQ-CHECK-05 too many at once are refused, and results make room for newer ones", async () => {
  const { directory, checks, begin, result } = setUp(4)
  const all = Array.from({ length: 16 }, () => begin("sleep 300"))
  expect(() => begin("true")).toThrow("16 checks run in this pod already")
  for (const check_id of all) checks.stop({ session_id: "ses_1", check_id })
  await Promise.all(all.map(result))
  const ids = []
  for (let n = 0; n < 6; n++) {
    const check_id = `many_${n}`
    checks.start({ type: "check.start", session_id: "ses_1", check_id, command: "true", env: {}, limit_ms: 9_000 }, directory)
    ids.push(check_id)
    await result(check_id)
  }
  await expect(result(ids[0]!)).rejects.toMatchObject({ code: "check_not_found" })
  expect(await result(ids.at(-1)!)).toMatchObject({ exit_code: 0 })
}, 60_000)

test("REQ-CHECK-01 a report is what the command wrote now, where it was told to", async () => {
  const { directory, run } = setUp()
  expect((await run('echo "<testsuite/>" > "$CHECK_REPORT"')).report).toBe("<testsuite/>\n")
  expect((await run("mkdir -p out; sleep 0.05; echo mine > out/r.xml", { report: "out/r.xml" })).report).toBe("mine\n")
  expect((await run("true", { report: "out/r.xml" })).report, "an old one is none").toBeUndefined()
  expect((await run(`head -c ${LIMITS.MAX_CHECK_REPORT_BYTES + 1} /dev/zero > "$CHECK_REPORT"`)).report).toBeUndefined()
  expect((await run(`head -c ${LIMITS.MAX_CHECK_REPORT_BYTES} /dev/zero > "$CHECK_REPORT"`)).report, "sixfold in JSON").toBeUndefined()
  expect((await run('rm -f "$CHECK_REPORT"; mkfifo "$CHECK_REPORT"')).report, "nobody waits at a pipe").toBeUndefined()
  symlinkSync("/dev/zero", join(directory, "zero"))
  expect((await run("true", { report: "zero" })).report).toBeUndefined()
})

test("REQ-CHECK-01 files of the directory and of the folders in it are looked at, bounded", async () => {
  const { directory, checks } = setUp()
  writeFileSync(join(directory, "package.json"), '{"a":"\0b"}')
  mkdirSync(join(directory, "web"))
  mkdirSync(join(directory, "a b"))
  mkdirSync(join(directory, "node_modules"))
  writeFileSync(join(directory, "web", "Cargo.toml"), "x".repeat(100_000))
  writeFileSync(join(directory, "a b", "Cargo.toml"), "y")
  const told = (await checks.look("ses_1", directory, ["package.json", "Cargo.toml", "node_modules", "go.mod"])) as { files: Record<string, string> }
  expect(told.files["package.json"]).toBe('{"a":"b"}')
  expect(told.files["web/Cargo.toml"]).toHaveLength(LIMITS.MAX_CHECK_FILE_BYTES)
  expect(told.files).toMatchObject({ "a b/Cargo.toml": "y", node_modules: "" })
  expect(told.files["go.mod"]).toBeUndefined()
})

test("REQ-CHECK-02 what it ran on is told, and the agent's own index stays as it is", async () => {
  const { directory, run } = setUp()
  const git = (...args: string[]) => spawnSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: directory, encoding: "utf8" })
  expect((await run("true")).code, "no repository").toBeUndefined()
  git("init", "-q")
  writeFileSync(join(directory, ".gitignore"), "tmp/\n")
  git("add", ".")
  git("commit", "-qm", "first")
  const clean = (await run("true")).code!
  expect(clean).toMatchObject({ commit: git("rev-parse", "HEAD").stdout.trim(), uncommitted: false, changed_meanwhile: false })
  writeFileSync(join(directory, "new.txt"), "new")
  const dirty = (await run("echo more > other.txt")).code!
  expect(dirty).toMatchObject({ commit: clean.commit, uncommitted: true, changed_meanwhile: true })
  expect(dirty.tree).not.toBe(clean.tree)
  expect(git("status", "--porcelain").stdout).toBe("?? new.txt\n?? other.txt\n")
})

function repository() {
  const this_ = setUp()
  const { directory } = this_
  const git = (...args: string[]) => spawnSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: directory, encoding: "utf8" })
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
  git("init", "-q", "-b", "main")
  write(".gitignore", "tmp/\ninstalled/\n")
  write("installed/tool.sh", "grep -q mended code.txt\n")
  write("code.txt", "broken\n")
  write("gone.txt", "of before\n")
  git("add", ".")
  git("commit", "-qm", "first")
  return { ...this_, git, write, base: git("rev-parse", "HEAD").stdout.trim() }
}

test("REQ-CHECK-06 a check runs on the code from before the changes, with the tests of now and what is installed", async () => {
  const { directory, git, write, run, base } = repository()
  git("update-ref", "refs/remotes/origin/main", "HEAD")
  write("code.txt", "mended\n")
  git("rm", "-q", "gone.txt")
  write("tests/mended.sh", ". ./installed/tool.sh\n")
  git("add", ".")
  git("commit", "-qm", "The mend")
  write("web/new.test.js", "not committed\n")
  write("new.txt", "no test\n")
  const check = "cat code.txt; ls; ls tests web; sh tests/mended.sh"
  expect(await run(check)).toMatchObject({ exit_code: 0 })
  const before = await run(check, { before: true })
  expect(before).toMatchObject({ exit_code: 1, code: { commit: base, uncommitted: false, changed_meanwhile: false } })
  expect(before.output).toBe("broken\ncode.txt\ngone.txt\ninstalled\ntests\ntmp\nweb\ntests:\nmended.sh\n\nweb:\nnew.test.js\n")
  expect(readdirSync(join(directory, "tmp")), "nothing is left of the copy").toEqual([])
  expect(git("status", "--porcelain").stdout).toBe("?? new.txt\n?? web/\n")
})

test("REQ-CHECK-06 before is below the same folder, and its report is its own", async () => {
  const { directory, checks, write, base } = repository()
  write("web/code.txt", "changed\n")
  write("web/r.xml", "of now\n")
  checks.start({ type: "check.start", session_id: "ses_1", check_id: "chk_b", command: "pwd; echo before > r.xml", env: {}, limit_ms: 60_000, report: "r.xml", before: true }, join(directory, "web"))
  // A folder that was not there before: the check says so itself.
  expect(await checks.result({ session_id: "ses_1", check_id: "chk_b" })).toMatchObject({ exit_code: 1, code: { commit: base } })
  expect(readdirSync(join(directory, "tmp")).filter((name) => name.endsWith(".before")), "nothing is left of the copy").toEqual([])
  write("code.txt", "changed\n")
  checks.start({ type: "check.start", session_id: "ses_1", check_id: "chk_c", command: "echo before > r.xml", env: {}, limit_ms: 60_000, report: "r.xml", before: true }, directory)
  expect(await checks.result({ session_id: "ses_1", check_id: "chk_c" })).toMatchObject({ exit_code: 0, report: "before\n" })
  expect(existsSync(join(directory, "r.xml"))).toBe(false)
})

test("REQ-CHECK-06 where there is nothing from before, it says why", async () => {
  const { run } = setUp()
  await expect(run("true", { before: true })).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("in no git repository") })
  const unchanged = repository()
  await expect(unchanged.run("true", { before: true })).rejects.toThrow(/^Nothing is changed since [0-9a-f]{8}, so/)
  expect(readdirSync(join(unchanged.directory, "tmp")), "nothing is left of the copy").toEqual([])
})

test("REQ-CHECK-06 stopped while the copy is made, it is stopped", async () => {
  const { directory, write, checks, begin, result } = repository()
  write("code.txt", "changed\n")
  const id = begin("sleep 300", { before: true })
  checks.stop({ session_id: "ses_1", check_id: id })
  expect(await result(id)).toMatchObject({ stopped: true })
  expect(readdirSync(join(directory, "tmp")).filter((name) => name.endsWith(".before")), "nothing is left of the copy").toEqual([])
})

test("REQ-CHECK-05 a check does not outlive the process that started it", async () => {
  const { directory } = setUp()
  const script = `import { start } from ${JSON.stringify(resolve("src/check-process.ts"))}
    import { RUN } from ${JSON.stringify(resolve("src/check-scripts.ts"))}
    const shell = { program: "", before: [], env: process.env }
    start({ shell, script: RUN, args: ["chk_1", "", "sleep 300 & echo $! > child; echo $$ > pid; wait"], directory: ${JSON.stringify(directory)}, limitMs: 1e6, keepBytes: 10 })`
  const file = join(directory, "parent.mts")
  writeFileSync(file, script)
  const bundle = join(directory, "parent.mjs")
  spawnSync("node_modules/.bin/esbuild", [file, "--bundle", "--format=esm", "--platform=node", `--outfile=${bundle}`])
  const parent = spawn(process.execPath, [bundle])
  await until("it runs", () => pidIn(join(directory, "pid")) > 0 && pidIn(join(directory, "child")) > 0)
  parent.kill("SIGKILL")
  await until("it is gone", () => !isAlive(pidIn(join(directory, "pid"))) && !isAlive(pidIn(join(directory, "child"))))
})

test("REQ-GATE-07 without a guard a check still has none of our secrets, with one it runs behind it", async () => {
  process.env["BRIDGE_TOKEN"] = "secret-token"
  const root = async (session: string) => `${session}_root`
  const bare = await new Guard({}, quiet).shell("ses_1", "/w", root)
  expect(bare).toMatchObject({ program: "", before: [] })
  expect(bare.env["BRIDGE_TOKEN"]).toBeUndefined()
  const guarded = await new Guard({ GUARD_PROGRAM: "/opt/guard" }, quiet).shell("ses_1", "/w", root)
  expect(guarded).toMatchObject({ program: "/opt/guard", before: ["run", "--"], env: { GUARD_SESSION: "ses_1_root", GUARD_WORKTREE: "/w" } })
})
