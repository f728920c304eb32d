// A start in a workspace of its own, on a phone: which project a title means, each step while it is taken, and a builder
// that fails and then does not.
import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { call, PHONE } from "../stage/browser.mjs"
import { keepPicture } from "../stage/look.mjs"
import { scene } from "../stage/scene.mjs"
import { WITHOUT_GATE } from "../stage/stack.mjs"
import { until } from "../stage/wait.mjs"

const home = await mkdtemp(join(tmpdir(), "gateway-workspace-"))
const builders = join(home, ".builders")
const blog = join(home, "blog")
await mkdir(blog)
const git = (...args) => execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.org", ...args], { cwd: blog })
git("init", "-q")
git("commit", "-q", "--allow-empty", "-m", "The first")

// It goes on once a file is there, so that there is time to look at it.
const make = `echo "looking for a place"
[ ! -e ${home}/full ] || { echo "the builder's disk is full"; exit 1; }
while [ ! -e ${home}/go ]; do sleep 0.1; done
git clone -q ${blog} ${builders}/$0/repos/blog`
await writeFile(join(home, "gateway.yaml"), JSON.stringify({
  gate: WITHOUT_GATE,
  workspaces: { folder: builders, command: ["sh", "-c", make, "{name}"] },
  repositories: { blog: { directory: blog } },
  project_list: join(home, "projectlist.md"),
}))
await writeFile(join(home, "projectlist.md"), "| id | name | repositories | category |\n|--|--|--|--|\n| P-001 | Blog | blog | Writing |\n")
const here = scene({ GATEWAY_CONFIG: join(home, "gateway.yaml") })

after(() => rm(home, { recursive: true, force: true }))

test("a title means a project, a failed builder keeps the form, each step is told, and the agent works in its own place", async () => {
  // REQ-START-01, REQ-START-02, REQ-START-12, REQ-WORK-01, REQ-WORK-03
  const { page, faults } = await here.open({ path: "/start", ...PHONE })
  await page.getByLabel("What should the agent do?").fill("Say hello to the blog\nscenario: hello")
  await page.getByText("More options").tap()
  await page.getByLabel("Title").fill("Write a post for the blog")
  await page.getByText(/Looks like Blog/).waitFor()
  await page.getByRole("button", { name: "Use this project" }).tap()
  assert.equal(await page.getByLabel("In a new workspace, on its own branch").isChecked(), true)
  await page.getByLabel("Workspace name").fill("blog-post")

  await writeFile(join(home, "full"), "")
  await page.getByRole("button", { name: "Start session" }).tap()
  await page.getByRole("alert").getByText(/builder's disk is full|failed/).waitFor()
  await keepPicture(page, "workspace-failed-phone", { fullPage: true })
  assert.equal(await page.getByLabel("Workspace name").inputValue(), "blog-post")
  assert.deepEqual(existsSync(builders) ? (await readdir(builders)).filter((name) => name === "blog-post") : [], [], "nothing is left half made")

  await rm(join(home, "full"))
  await page.getByRole("button", { name: "Start session" }).tap()
  await page.getByRole("list", { name: "Progress" }).getByText("looking for a place").waitFor()
  await keepPicture(page, "workspace-progress-phone", { fullPage: true })
  await writeFile(join(home, "go"), "")
  await page.waitForURL(/\/sessions\/ses_/, { timeout: 60_000 })
  await page.getByText("Hello from the scripted model.").first().waitFor({ timeout: 60_000 })
  const id = page.url().split("/").at(-1)
  const card = await until("the card", async () => (await call(here.stack, "GET", "/cards")).find(({ session }) => session === id))
  assert.deepEqual([card.project, card.workspace?.name, card.directory], ["P-001", "blog-post", join(builders, "blog-post", "repos", "blog")])
  assert.deepEqual(faults, [])
})
