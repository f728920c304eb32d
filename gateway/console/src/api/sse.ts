// Server-sent events over fetch: unlike EventSource it tells the HTTP status, and sees the comments that keep a
// quiet stream alive, so a dead connection is noticed.

export interface StreamEvent {
  name: string
  data: string
}

/** Cuts text as it arrives into events; what is not complete yet is kept. */
export class EventParser {
  private rest = ""
  /** Up to here there is no end of an event: a snapshot of some MiB is not searched again with every chunk. */
  private searched = 0

  push(chunk: string): StreamEvent[] {
    const events: StreamEvent[] = []
    this.rest += chunk
    for (;;) {
      const gap = /\r?\n\r?\n/g
      gap.lastIndex = Math.max(0, this.searched - 3)
      const end = gap.exec(this.rest)
      if (!end) {
        this.searched = this.rest.length
        return events
      }
      const event = parseBlock(this.rest.slice(0, end.index))
      this.rest = this.rest.slice(end.index + end[0].length)
      this.searched = 0
      if (event) events.push(event)
    }
  }
}

function parseBlock(block: string): StreamEvent | undefined {
  let name = "message"
  const data: string[] = []
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(":")
    if (colon <= 0) continue
    const value = line.slice(colon + 1).replace(/^ /, "")
    const field = line.slice(0, colon)
    if (field === "event") name = value
    if (field === "data") data.push(value)
  }
  return data.length > 0 ? { name, data: data.join("\n") } : undefined
}
