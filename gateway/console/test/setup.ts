// In tests `classes` checks itself: two names that set the same would be decided by the stylesheet's order.
import { twMerge } from "tailwind-merge"
import { vi } from "vitest"

vi.mock("../src/kit/classes.ts", async (actual) => {
  const { classes } = await actual<typeof import("../src/kit/classes.ts")>()
  return {
    classes: (...names: Parameters<typeof classes>) => {
      const joined = classes(...names)
      if (twMerge(joined) !== joined) throw new Error(`These classes contradict each other: ${joined}`)
      return joined
    },
  }
})
