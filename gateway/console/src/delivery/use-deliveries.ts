// Deliveries as the gateway has them: looked up while a page shows them, and at once after they were steered.
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { api } from "../api/client.ts"

const KEY = ["deliveries"]

/** CI and reviews take minutes; a press of a button shows at once. */
const LOOK_EVERY_MS = 5_000

export function useDeliveries() {
  const { data, error, isPending, refetch } = useQuery({ queryKey: KEY, queryFn: api.deliveries, refetchInterval: LOOK_EVERY_MS })
  return { deliveries: data, error, isPending, retry: () => void refetch() }
}

export function useDelivery(run: string) {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: [...KEY, run],
    queryFn: () => api.delivery(run),
    refetchInterval: ({ state }) => (state.data?.over ? false : LOOK_EVERY_MS),
  })
  return { delivery: data, error, isPending, retry: () => void refetch() }
}

/** Another tree has another patch. */
export function useDeliveryPatch(run: string, tree: string | undefined, wanted: boolean) {
  return useQuery({ queryKey: [...KEY, run, "patch", tree], queryFn: () => api.deliveryPatch(run), enabled: wanted, retry: false, staleTime: Infinity })
}

/** What is shown may be other than it was. */
export function useLookAgain(): () => void {
  const queries = useQueryClient()
  return () => void queries.invalidateQueries({ queryKey: KEY })
}
