// How an agent is kept from what is not its own, in the words that every surface has (gateway/domain/src/guard_state.rs;
// tests/it/tidy.rs compares them).
import type { GuardState } from "../api/types.gen.ts"

const WORDS: Record<GuardState["level"], string> = {
  guarded: "guarded",
  partly: "partly guarded",
  unguarded: "UNGUARDED",
}

export function guardWord({ level }: GuardState): string {
  return WORDS[level]
}

export function guardWords(guard: GuardState): string {
  const gaps = guard.gaps ?? []
  return gaps.length > 0 ? `${guardWord(guard)}: ${gaps.join("; ")}` : guardWord(guard)
}
