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

  it("ask nothing while the gate does, and keep what they deny", () => {
    const config: OpenCodeConfig = { permission: { external_directory: "deny" } }
    offerAgents(config, true)
    expect(config.agent?.["architect"]?.permission).toEqual({ edit: { "*": "deny", "*.md": "allow", "docs/*": "allow", ".ai/*": "allow" }, bash: { "*": "allow" }, webfetch: "allow" })
    expect(config.agent?.["party-mode"]?.permission).toMatchObject({ edit: "deny", bash: "deny" })
    expect(config.permission).toEqual({ external_directory: "deny", doom_loop: "allow" })
    for (const { permission } of Object.values(AGENTS)) expect(permission).not.toHaveProperty("*")
    const whole: OpenCodeConfig = { permission: "ask" }
    offerAgents(whole, true)
    expect(whole.permission).toBe("ask")
  })

  it("run nothing without being asked", () => {
    for (const { permission } of Object.values(AGENTS)) {
      expect(JSON.stringify([permission?.["bash"], permission?.["edit"]])).not.toContain("allow")
    }
  })
})
