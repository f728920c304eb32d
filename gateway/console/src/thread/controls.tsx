// Pause, resume, stop, close.
import { CircleStop, EllipsisVertical, Pause, Play, ScrollText, Square } from "lucide-react"
import { Link } from "@tanstack/react-router"
import { useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { SessionCard } from "../api/types.ts"
import { Button } from "../kit/button.tsx"
import { Dialog } from "../kit/dialog.tsx"
import { Menu, MenuItem } from "../kit/menu.tsx"
import { Notice } from "../kit/notice.tsx"
import { newKey } from "../lib/key.ts"

type Steer = "pause" | "resume" | "abort" | "close"

export function Controls({ card, live }: { card: SessionCard; live: boolean }) {
  const { steer, busy, problem, forget } = useSteer(card.session)
  const [closing, setClosing] = useState(false)
  const dead = !live || busy || card.doing === "ended"
  const running = card.doing === "working" || card.doing === "waiting"
  return (
    <div className="flex items-center gap-1.5">
      {running && <Button size="small" look="danger" disabled={dead} onClick={() => steer("abort")}><CircleStop aria-hidden /><span className="max-sm:sr-only">Stop</span></Button>}
      {card.doing === "paused" && <Button size="small" look="primary" disabled={dead} onClick={() => steer("resume")}><Play aria-hidden />Resume</Button>}
      <Menu trigger={<Button look="quiet" size="icon" aria-label="More for this session"><EllipsisVertical /></Button>}>
        {card.doing === "paused"
          ? <MenuItem icon={<Play />} disabled={dead} onSelect={() => steer("resume")}>Resume</MenuItem>
          : <MenuItem icon={<Pause />} disabled={dead} onSelect={() => steer("pause")}>Pause</MenuItem>}
        <MenuItem icon={<CircleStop />} disabled={dead || !running} onSelect={() => steer("abort")}>Stop the agent's turn</MenuItem>
        <MenuLink to={card.session} />
        <MenuItem icon={<Square />} danger disabled={dead} onSelect={() => setClosing(true)}>Close the session…</MenuItem>
      </Menu>
      <Dialog
        open={closing}
        onClose={() => setClosing(false)}
        title="Close this session?"
        footer={
          <>
            <Button onClick={() => setClosing(false)}>Keep it open</Button>
            {running
              ? <Button look="primary" disabled={busy || !live} onClick={() => steer("abort")}><CircleStop aria-hidden />Stop the agent</Button>
              : <Button look="primary" disabled={busy || !live} onClick={() => steer("close").then(() => setClosing(false))}>Close the session</Button>}
          </>
        }
      >
        <p className="text-sm text-soft">{running ? "The agent is working. Stop it first; what it waits for is withdrawn." : "Nobody can write to it any more. Files that the agent changed stay as they are."}</p>
      </Dialog>
      <Dialog open={problem !== undefined} onClose={forget} title={problem?.title ?? ""} footer={<Button onClick={forget}>Close</Button>}>
        <Notice tone="error" alert>{problem?.detail}</Notice>
      </Dialog>
    </div>
  )
}

function MenuLink({ to }: { to: string }) {
  return (
    <Link to="/audit" search={{ session: to }} tabIndex={-1}>
      <MenuItem icon={<ScrollText />}>Audit log of this session</MenuItem>
    </Link>
  )
}

function useSteer(session: string) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const steer = async (to: Steer) => {
    if (busy) return
    setBusy(true)
    try {
      await api.steer(session, to, newKey())
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      // It had stopped by itself meanwhile, which is what was wanted.
      if (to !== "abort" || error.status !== 409) setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  return { steer, busy, problem, forget: () => setProblem(undefined) }
}
