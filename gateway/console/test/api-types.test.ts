// @vitest-environment node
import { expect, test } from "vitest"
import { stale } from "../scripts/api-types.mjs"

test("REQ-CONSOLE-02 the types are those of the gateway's own document", async () => {
  expect(await stale(), "src/api/types.gen.ts is stale: `npm run types` writes it").toBe(false)
}, 60_000)
