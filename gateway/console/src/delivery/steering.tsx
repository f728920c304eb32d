// What people can do about a delivery that is under way. What can't be undone is confirmed first.
import { CirclePause, CirclePlay, CircleStop, Download, MessageSquareReply, PackageCheck, Wrench } from "lucide-react"
import { useState } from "react"
import { api } from "../api/client.ts"
import type { DeliveryView } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Dialog } from "../kit/dialog.tsx"
import { Notice } from "../kit/notice.tsx"
import { newKey } from "../lib/key.ts"
import { useSteer } from "../thread/controls.tsx"
import { type SteerKey, wishesFor } from "./delivery-words.ts"
import { useLookAgain } from "./use-deliveries.ts"

const LABELS: Record<SteerKey, { label: string; Icon: typeof Wrench }> = {
  deliver: { label: "Deliver what is there", Icon: PackageCheck },
  take_in: { label: "Take in their commits", Icon: Download },
  fix: { label: "Let the agent fix CI", Icon: Wrench },
  address: { label: "Address reviews", Icon: MessageSquareReply },
  pause: { label: "Pause", Icon: CirclePause },
  resume: { label: "Resume", Icon: CirclePlay },
  stop: { label: "Stop…", Icon: CircleStop },
}

export function Steering({ delivery }: { delivery: DeliveryView }) {
  const { attempt, busy, problem, forget } = useSteer(delivery.session)
  const [stopping, setStopping] = useState(false)
  const [told, setTold] = useState<string>()
  const lookAgain = useLookAgain()
  const wishes = wishesFor(delivery)
  const send = (wish: SteerKey) => attempt(() => api.steerDelivery(delivery.run, { wish }, newKey()).then(({ sentence }) => setTold(sentence))).finally(lookAgain)
  const stop = () => send("stop").then(() => setStopping(false))
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap gap-2 empty:hidden" role="group" aria-label="Steer this delivery">
        {wishes.map((wish) => {
          const { label, Icon } = LABELS[wish]
          const look = wish === "stop" ? "danger" : wish === "resume" ? "primary" : undefined
          return <Button key={wish} size="small" look={look} className="max-sm:h-11" data-wish={wish} disabled={busy} onClick={() => (wish === "stop" ? setStopping(true) : void send(wish))}><Icon aria-hidden />{label}</Button>
        })}
      </div>
      <p role="status" className="text-[0.8125rem] text-soft empty:hidden">{told}</p>
      <Dialog
        open={stopping}
        onClose={() => setStopping(false)}
        title="Stop this delivery?"
        footer={
          <>
            <Button onClick={() => setStopping(false)}>Keep it</Button>
            <Button look="primary" disabled={busy} onClick={() => void stop()}>Stop it</Button>
          </>
        }
      >
        <p className="text-sm text-soft">Nothing more is written outside, and it can't be resumed. The work in the session and a pull request that was opened stay as they are.</p>
      </Dialog>
      <Dialog open={problem !== undefined} onClose={forget} title={problem?.title ?? ""} footer={<Button onClick={forget}>Close</Button>}>
        <Notice tone="error" alert>{problem?.detail}</Notice>
      </Dialog>
    </div>
  )
}
