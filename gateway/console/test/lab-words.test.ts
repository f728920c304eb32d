// @vitest-environment node
import { expect, test } from "vitest"
import { canDeploy, deployLabel, safeLink } from "../src/lab/lab-words.ts"

type Card = Parameters<typeof canDeploy>[0]

const workspace = { name: "shop-login", repositories: ["web"] }
const lab = (standing: "waiting" | "failed" | "ready") => ({ standing }) as Card["lab"]

test("REQ-LAB-11 only a session with a workspace is deployed, and not while it is on its way", () => {
  expect(canDeploy({})).toBe(false)
  expect(canDeploy({ workspace })).toBe(true)
  expect(canDeploy({ workspace, lab: lab("waiting") })).toBe(false)
  expect(canDeploy({ workspace, lab: lab("failed") })).toBe(true)
  expect(canDeploy({ workspace, ended: { how: "completed", by: "anna", at: "" } })).toBe(false)
})

test("REQ-LAB-05 the button says what a click would do", () => {
  expect(deployLabel(lab("failed"))).toBe("Retry")
  expect(deployLabel(lab("ready"))).toBe("Redeploy")
  expect(deployLabel(undefined)).toBe("Deploy to lab")
})

test("REQ-LAB-07 only what a browser opens as a page is a link", () => {
  expect(safeLink("javascript:alert(1)")).toBe(undefined)
  expect(safeLink("http://127.0.0.1:4000/")).toBe("http://127.0.0.1:4000/")
})
