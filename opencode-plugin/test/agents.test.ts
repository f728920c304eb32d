import { describe, expect, it } from "vitest"
import { AGENTS, offerAgents, type OpenCodeConfig } from "../src/agents.ts"

describe("agents", () => {
  it("are offered to a configuration that has none", () => {
    const config: OpenCodeConfig = {}
    offerAgents(config)
    expect(Object.keys(config.agent ?? {})).toEqual(["architect", "pm", "builder", "party-mode"])
  })

  it("keep what a person says of them, and all others", () => {
    const own = { prompt: "Mine.", disable: true }
    const config: OpenCodeConfig = { agent: { builder: own, mine: { prompt: "Another." } } }
    offerAgents(config)
    expect(config.agent?.["builder"]).toEqual({ ...AGENTS["builder"], ...own })
    expect(config.agent?.["mine"]).toEqual({ prompt: "Another." })
  })

  it("run nothing without being asked", () => {
    for (const { permission } of Object.values(AGENTS)) {
      expect(JSON.stringify([permission?.["bash"], permission?.["edit"]])).not.toContain("allow")
    }
  })
})
