// This person's passkeys, for React.
import { useQuery } from "@tanstack/react-query"
import { api } from "../api/client.ts"

export const PASSKEYS = ["passkeys"]

export function useOwnPasskeys(isWanted = true) {
  return useQuery({ queryKey: PASSKEYS, queryFn: api.passkeys, enabled: isWanted, staleTime: 30_000, retry: false })
}
