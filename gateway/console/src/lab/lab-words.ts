// What can be done about a session's lab, and what stands on the button for it.
import type { LabCard, SessionCard } from "../api/types.gen.ts"

const UNDER_WAY: LabCard["standing"][] = ["deploying", "asked", "waiting", "removing"]

/** It has files to deploy, and nothing is on its way already. */
export function canDeploy({ workspace, ended, lab }: Pick<SessionCard, "workspace" | "ended" | "lab">): boolean {
  return Boolean(workspace) && !ended && !(lab && UNDER_WAY.includes(lab.standing))
}

export function deployLabel(lab: Pick<LabCard, "standing"> | null | undefined): string {
  if (lab?.standing === "ready" || lab?.standing === "down") return "Redeploy"
  return lab?.standing === "failed" || lab?.standing === "stuck" ? "Retry" : "Deploy to lab"
}

/** Only what a browser opens as a page. */
export function safeLink(url: string | null | undefined): string | undefined {
  return url && /^https?:\/\//.test(url) ? url : undefined
}
