// The grants as the gateway has them, and revoking one: that is shown at once, and not undone by a list that was asked for before.
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { GrantView } from "../api/types.gen.ts"

const KEY = ["grants"]

/** How often uses and ends are looked up while the page is open. */
const LOOK_EVERY_MS = 5_000

export function useGrants() {
  const { data, error, isPending, refetch } = useQuery({ queryKey: KEY, queryFn: api.grants, refetchInterval: LOOK_EVERY_MS })
  return { grants: data?.grants, error, isPending, retry: () => void refetch() }
}

export function useRevoke() {
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  /** Undefined when it is revoked, else why not. */
  const revoke = async ({ id }: GrantView): Promise<Problem | undefined> => {
    setBusy(true)
    try {
      await queries.cancelQueries({ queryKey: KEY })
      put(await api.revoke(id))
      return undefined
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return error
    } finally {
      setBusy(false)
      void queries.invalidateQueries({ queryKey: KEY })
    }
  }
  const put = (ended: GrantView) =>
    queries.setQueryData<{ grants: GrantView[] }>(KEY, (known) => known && { grants: known.grants.map((one) => (one.id === ended.id ? ended : one)) })
  return { revoke, busy }
}
