// The session's lab: how it stands, where it answers, what it wrote, and what can be done about it.
import { ExternalLink, RotateCcw, Rocket, ScrollText, Trash2 } from "lucide-react"
import { useState } from "react"
import { api } from "../api/client.ts"
import type { SessionCard } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Dialog } from "../kit/dialog.tsx"
import { Notice } from "../kit/notice.tsx"
import { full } from "../lib/time.ts"
import { visible } from "../lib/visible.ts"
import { useSteer } from "../thread/controls.tsx"
import { LabLog } from "./lab-log.tsx"
import { canDeploy, deployLabel, safeLink } from "./lab-words.ts"

export function LabPanel({ card, live }: { card: SessionCard; live: boolean }) {
  const { attempt, busy, problem, forget } = useSteer(card.session)
  const [opened, setOpened] = useState<"log" | "removing" | "taking">()
  const { lab } = card
  const shut = () => setOpened(undefined)
  const dead = !live || busy
  const link = safeLink(lab?.url)
  return (
    <div className="space-y-3 text-[0.8125rem]">
      {lab ? (
        <div className="space-y-1" aria-live="polite">
          <p className={["failed", "stuck", "down"].includes(lab.standing) ? "font-medium text-bad" : lab.standing === "ready" ? "font-medium text-good" : "font-medium"}>{lab.word}</p>
          {link && <a href={link} target="_blank" rel="noopener noreferrer" className="block break-all underline decoration-line underline-offset-2 hover:decoration-current">{link}</a>}
          {lab.reason && <p className="break-words text-soft">{visible(lab.reason)}</p>}
          {lab.plan && <p className="break-words text-faint">{visible(lab.plan.command)}</p>}
          {lab.ends_at && <p className="text-faint">Ends {full(lab.ends_at)}</p>}
        </div>
      ) : <p className="text-faint">Not deployed</p>}
      <div className="flex flex-wrap gap-2">
        {link && <Button asChild size="small" look="primary" className="max-sm:h-11"><a href={link} target="_blank" rel="noopener noreferrer"><ExternalLink aria-hidden />Open lab</a></Button>}
        {canDeploy(card) && (
          <Button size="small" look={lab ? undefined : "primary"} className="max-sm:h-11" disabled={dead} onClick={() => attempt(() => api.deploy(card.session))}>
            {lab ? <RotateCcw aria-hidden /> : <Rocket aria-hidden />}{deployLabel(lab)}
          </Button>
        )}
        {lab?.can_take_over && <Button size="small" look="danger" className="max-sm:h-11" disabled={dead} onClick={() => setOpened("taking")}>Take over…</Button>}
        {lab && <Button size="small" className="max-sm:h-11" onClick={() => setOpened("log")}><ScrollText aria-hidden />Log</Button>}
        {lab && lab.standing !== "removing" && <Button size="small" look="danger" className="max-sm:h-11" disabled={dead} onClick={() => setOpened("removing")}><Trash2 aria-hidden />Clean up…</Button>}
      </div>
      <LabLog session={card.session} open={opened === "log"} onClose={shut} />
      <Dialog
        open={opened === "removing"}
        onClose={shut}
        title="Remove this lab?"
        footer={
          <>
            <Button onClick={shut}>Keep it</Button>
            <Button look="primary" disabled={dead} onClick={() => attempt(() => api.cleanLab(card.session)).then(shut)}>Remove it</Button>
          </>
        }
      >
        <p className="text-sm text-soft">The app ends and the copy of the files is deleted. The session and its workspace stay as they are.</p>
      </Dialog>
      <Dialog
        open={opened === "taking"}
        onClose={shut}
        title="Take over?"
        footer={
          <>
            <Button onClick={shut}>Leave it</Button>
            <Button look="primary" disabled={dead} onClick={() => attempt(() => api.takeOverLab(card.session)).then(shut)}>Take over</Button>
          </>
        }
      >
        <p className="text-sm text-soft">The deploy continues, and overwrites what someone else changed of this lab in the cluster.</p>
      </Dialog>
      <Dialog open={problem !== undefined} onClose={forget} title={problem?.title ?? ""} footer={<Button onClick={forget}>Close</Button>}>
        <Notice tone="error" alert>{problem?.detail}</Notice>
      </Dialog>
    </div>
  )
}
