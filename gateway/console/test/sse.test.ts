import { describe, expect, it } from "vitest"
import { EventParser } from "../src/api/sse.ts"
import { retryAfter } from "../src/api/stream.ts"

describe("the event parser", () => {
  const wire = 'event: thread\r\ndata: {"a":1}\r\n\r\n: alive\n\nevent: news\nid: 4\ndata: one\ndata: two\n\n'
  const events = [{ name: "thread", data: '{"a":1}' }, { name: "news", data: "one\ntwo", id: "4" }]

  it("reads events, however the wire cuts them", () => {
    for (const size of [1, 2, 3, 7, 1000]) {
      const parser = new EventParser()
      const read = []
      for (let at = 0; at < wire.length; at += size) read.push(...parser.push(wire.slice(at, at + size)))
      expect(read, `in pieces of ${size}`).toEqual(events)
    }
  })

  it("keeps what is not complete", () => {
    const parser = new EventParser()
    expect(parser.push("data: half")).toEqual([])
    expect(parser.push("\n\n")).toEqual([{ name: "message", data: "half" }])
  })

  it("reads a snapshot of some MiB in many pieces quickly", () => {
    const parser = new EventParser()
    const begun = performance.now()
    const piece = "x".repeat(16 * 1024)
    parser.push("data: ")
    for (let n = 0; n < 500; n++) parser.push(piece)
    expect(parser.push("\n\n")).toHaveLength(1)
    expect(performance.now() - begun).toBeLessThan(1500)
  })
})

describe("the next attempt", () => {
  it("comes soon at first, later each time, and never later than 15 s and a little", () => {
    // REQ-CONSOLE-02
    const waits = [0, 1, 2, 3, 4, 5, 10, 60].map((failures) => retryAfter(failures, 0.5))
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15000, 15000, 15000])
    expect(retryAfter(60, 1)).toBeLessThan(20_000)
  })
})
