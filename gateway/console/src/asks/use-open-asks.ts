// The asks that wait, of all sessions. The cards say which those are; the list says what is in them.
import { useQuery } from "@tanstack/react-query"
import { useMemo } from "react"
import { api } from "../api/client.ts"
import { useCards } from "../api/live.ts"
import { untilAnswered } from "../api/patient.ts"
import type { AskView } from "../api/types.gen.ts"
import { isOpen } from "./ask-state.ts"

export function useOpenAsks(): AskView[] | undefined {
  const { value: cards } = useCards()
  const open = useMemo(() => (cards ? [...cards.values()].flatMap((card) => card.open_asks).toSorted() : undefined), [cards])
  const { data } = useQuery({
    queryKey: ["asks", open?.join()],
    queryFn: ({ signal }) => untilAnswered(api.asks, signal),
    enabled: open !== undefined && open.length > 0,
    placeholderData: (before) => before,
  })
  return useMemo(() => {
    // Until what is asked is known, nothing is: an empty list would make all of them new a moment later.
    if (!open || (open.length > 0 && !data)) return undefined
    // An ask that no card has any more is over, whatever the list said before.
    const still = new Set(open)
    return (data ?? []).filter((ask) => still.has(ask.id) && isOpen(ask)).toSorted((a, b) => (a.asked_at < b.asked_at ? -1 : 1))
  }, [open, data])
}
