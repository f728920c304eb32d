// What forms offer and check, asked of the gateway once. Until it is known nothing is offered and nothing is held back:
// whatever is sent is checked there.
import { useQuery } from "@tanstack/react-query"
import { api } from "./client.ts"
import type { Sizes, Vocabulary } from "./types.gen.ts"

export function useVocabulary(): Vocabulary | undefined {
  return useQuery({ queryKey: ["vocabulary"], queryFn: api.vocabulary, retry: false, staleTime: 10 * 60_000 }).data
}

export function useLimits(): Sizes | undefined {
  return useVocabulary()?.limits
}
