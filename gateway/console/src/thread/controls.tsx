// What people do with a session as a whole: pause, resume, try again, stop, close, rename, change its agent or model.
import { Bot, CircleStop, Download, EllipsisVertical, ExternalLink, GitPullRequestArrow, Link as LinkIcon, Pause, Pencil, Play, Rocket, RotateCcw, ScrollText, Square } from "lucide-react"
import { useNavigate } from "@tanstack/react-router"
import { useState } from "react"
import { api, Problem, type Steer } from "../api/client.ts"
import type { SessionCard } from "../api/types.gen.ts"
import { canDeliver } from "../delivery/delivery-words.ts"
import { Button } from "../kit/button.tsx"
import { Dialog } from "../kit/dialog.tsx"
import { Menu, MenuItem } from "../kit/menu.tsx"
import { Notice } from "../kit/notice.tsx"
import { canDeploy, deployLabel, safeLink } from "../lab/lab-words.ts"
import { newKey } from "../lib/key.ts"
import { ChangeAgent } from "./change-agent.tsx"
import { Rename } from "./rename.tsx"
import { copyLink, downloadPatch } from "./take-away.ts"

type Opened = "rename" | "agent" | "closing"

export function Controls({ card, live }: { card: SessionCard; live: boolean }) {
  const { steer, attempt, busy, problem, forget } = useSteer(card.session)
  const [opened, setOpened] = useState<Opened>()
  const [told, setTold] = useState<string>()
  const navigate = useNavigate()
  const ended = card.doing === "ended"
  const dead = !live || busy || ended
  const running = card.doing === "working" || card.doing === "waiting"
  const shut = () => setOpened(undefined)
  return (
    <div className="flex items-center gap-1.5">
      {running && <Button size="small" look="danger" disabled={dead} onClick={() => steer("abort")}><CircleStop aria-hidden /><span className="max-sm:sr-only">Stop</span></Button>}
      {safeLink(card.lab?.url) && <Button asChild size="small"><a href={safeLink(card.lab?.url)} target="_blank" rel="noopener noreferrer"><ExternalLink aria-hidden /><span className="max-sm:sr-only">Open lab</span></a></Button>}
      {card.doing === "paused" && <Button size="small" look="primary" disabled={dead} onClick={() => steer("resume")}><Play aria-hidden />Resume</Button>}
      <Menu trigger={<Button look="quiet" size="icon" aria-label="More for this session"><EllipsisVertical /></Button>}>
        {card.doing === "failed" && <MenuItem icon={<RotateCcw />} disabled={dead} onSelect={() => steer("retry")}>Retry</MenuItem>}
        {card.doing === "paused"
          ? <MenuItem icon={<Play />} disabled={dead} onSelect={() => steer("resume")}>Resume</MenuItem>
          : <MenuItem icon={<Pause />} disabled={dead} onSelect={() => steer("pause")}>Pause</MenuItem>}
        <MenuItem icon={<CircleStop />} disabled={dead || !running} onSelect={() => steer("abort")}>Stop agent</MenuItem>
        <MenuItem icon={<Bot />} disabled={dead} onSelect={() => setOpened("agent")}>Change agent or model…</MenuItem>
        {canDeploy(card) && <MenuItem icon={<Rocket />} disabled={!live || busy} onSelect={() => attempt(() => api.deploy(card.session))}>{deployLabel(card.lab)}</MenuItem>}
        {canDeliver(card) && <MenuItem icon={<GitPullRequestArrow />} disabled={!live || busy} onSelect={() => attempt(() => api.deliver(card.session, newKey()))}>Deliver</MenuItem>}
        <MenuItem icon={<Pencil />} disabled={dead || !card.online} onSelect={() => setOpened("rename")}>Rename…</MenuItem>
        <MenuItem icon={<LinkIcon />} onSelect={() => void copyLink(card.session).then(setTold)}>Copy link</MenuItem>
        <MenuItem icon={<Download />} disabled={!live || !card.online} onSelect={() => attempt(() => downloadPatch(card).then(setTold))}>Download patch</MenuItem>
        <MenuItem icon={<ScrollText />} onSelect={() => void navigate({ to: "/audit", search: { session: card.session } })}>Audit log of this session</MenuItem>
        {ended && card.ended?.how === "completed"
          ? <MenuItem icon={<Play />} disabled={!live || busy} onSelect={() => steer("reopen")}>Reopen the session</MenuItem>
          : <MenuItem icon={<Square />} danger disabled={dead} onSelect={() => setOpened("closing")}>Close the session…</MenuItem>}
      </Menu>
      <p role="status" className="sr-only">{told}</p>
      <Rename card={card} open={opened === "rename"} onClose={shut} />
      <ChangeAgent card={card} open={opened === "agent"} onClose={shut} />
      <Dialog
        open={opened === "closing"}
        onClose={shut}
        title="Close this session?"
        footer={
          <>
            <Button onClick={shut}>Keep it open</Button>
            {running
              ? <Button look="primary" disabled={busy || !live} onClick={() => steer("abort")}><CircleStop aria-hidden />Stop the agent</Button>
              : <Button look="primary" disabled={busy || !live} onClick={() => steer("close").then(shut)}>Close the session</Button>}
          </>
        }
      >
        <p className="text-sm text-soft">{running ? "The agent is still working. Stop it first; open requests are withdrawn." : "Nobody can send messages until someone reopens it. Changed files stay as they are."}{card.queued > 0 && ` ${card.queued === 1 ? "1 queued message" : `${card.queued} queued messages`} won't be sent.`}</p>
      </Dialog>
      <Dialog open={problem !== undefined} onClose={forget} title={problem?.title ?? ""} footer={<Button onClick={forget}>Close</Button>}>
        <Notice tone="error" alert>{problem?.detail}</Notice>
      </Dialog>
    </div>
  )
}

export function useSteer(session: string) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  /** What goes wrong is shown; `forgiven` is what was wanted all the same. */
  const attempt = async (deed: () => Promise<unknown>, forgiven: (problem: Problem) => boolean = () => false) => {
    if (busy) return
    setBusy(true)
    try {
      await deed()
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (!forgiven(error)) setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  // It had stopped by itself meanwhile, which is what was wanted.
  const steer = (to: Steer) => attempt(() => api.steer(session, to, newKey()), (error) => to === "abort" && error.status === 409)
  return { steer, attempt, busy, problem, forget: () => setProblem(undefined) }
}
