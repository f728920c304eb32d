import { expect, test } from "vitest"
import { placeholder, wordsFor } from "../src/thread/composer-words.tsx"

const paused = { doing: "waiting", paused: { by: "anna", at: "2026-01-01T00:00:00Z", cut: false } } as const

test("the box of a paused session says when a message is sent", () => {
  expect(placeholder({ doing: "idle" }, false)).toBe("Message the agent…")
  expect(placeholder({ doing: "working" }, false)).toBe("Queue a message…")
  expect(placeholder(paused, false)).toContain("when the session is resumed")
  expect(placeholder(paused, true)).toBe("Type your answer…")
  expect(wordsFor({ verdict: "queued", behind: 0, sentence: "" }, paused).words).toBe("Queued. Sent when the session is resumed.")
  expect(wordsFor({ verdict: "queued", behind: 1, sentence: "" }, paused).words).toBe("Queued, with 1 message ahead of it. Sent when the session is resumed.")
})

test("at the limit the sessions that are running come with it, for links", () => {
  const running = [{ session: "ses_12345671", title: "Task 1" }]
  const told = wordsFor({ verdict: "queued", behind: 0, at_limit: { whose: "This gateway", limit: 1, running, starting: 0 }, sentence: "" }, { doing: "idle" })
  expect(told).toMatchObject({ bad: false, queued: true, running })
})
