// Folds the stream of session cards.
import type { SessionCard } from "./types.gen.ts"

export type CardMap = ReadonlyMap<string, SessionCard>

export function foldCards(cards: CardMap | undefined, name: string, data: unknown): CardMap | "reload" {
  if (name === "cards") return new Map((data as SessionCard[]).map((card) => [card.session, card]))
  if (name === "reload" || !cards) return "reload"
  if (name !== "card") return cards
  const card = data as SessionCard
  return new Map(cards).set(card.session, card)
}
