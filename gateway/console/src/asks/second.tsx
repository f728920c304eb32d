// One of several who allow it: that was all, until the others look at it.
import { useQuery } from "@tanstack/react-query"
import { UserRoundCheck } from "lucide-react"
import { api } from "../api/client.ts"
import type { Answer, AskView } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { personName } from "../lib/person.ts"
import { when } from "../lib/time.ts"
import type { Answering } from "./use-answer.ts"

/** Whether who looks here allowed it already, on whichever page or device. */
export function useIsFirst(ask: AskView, answering: Answering): boolean {
  const some = approvals(ask)
  const name = personName()
  const { data } = useQuery({ queryKey: ["me", name], queryFn: api.me, enabled: some.length > 0, retry: false, staleTime: 60_000 })
  return answering.state === "first" || some.some((one) => data?.person.id === one.by.id)
}

function approvals(ask: AskView) {
  return [...(ask.first_approval ? [ask.first_approval] : []), ...(ask.more_approvals ?? [])]
}

export function WaitsForSecond({ ask, disabled, send }: { ask: AskView; disabled: boolean; send(answer: Answer): void }) {
  const needed = Math.max(ask.rules?.demand?.people ?? 2, 2)
  const missing = needed - Math.max(approvals(ask).length, 1)
  return (
    <div role="status" data-second className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-xl bg-sunken px-4 py-3 text-sm">
      <UserRoundCheck className="size-4 shrink-0 text-soft" aria-hidden />
      <p className="min-w-0 flex-1 basis-56">
        <strong className="font-semibold">{needed > 2 ? `Waiting for ${missing} more of ${needed} approvers.` : "Waiting for a second approver."}</strong>{" "}
        You approved it{needed === 2 && ask.first_approval ? `, ${when(ask.first_approval.at)}` : ""}; it runs when
        {missing > 1 ? ` ${missing} other people approve it too.` : " someone else approves it too."}
      </p>
      <Button look="danger" data-answer="deny" disabled={disabled} onClick={() => send({ answer: "deny", reason: null })}>Deny instead</Button>
    </div>
  )
}
