// Server-sent events over fetch: unlike EventSource it tells the HTTP status, and sees the comments that keep a
// quiet stream alive, so a dead connection is noticed.

export interface StreamEvent {
  name: string
  data: string
  /** What the gateway is told to go on behind this event. */
  id?: string
}

const GAP = /\r?\n\r?\n/

/** The longest part of a gap that may stand at the end of a piece. */
const GAP_BEGUN = 3

/** Cuts text as it arrives into events; what is not complete yet is kept. */
export class EventParser {
  /** Joined when an event is complete: a snapshot of some MiB is not copied with every piece. */
  private pieces: string[] = []
  private tail = ""

  push(piece: string): StreamEvent[] {
    this.pieces.push(piece)
    const complete = GAP.test(this.tail + piece)
    this.tail = (this.tail + piece).slice(-GAP_BEGUN)
    return complete ? this.cut() : []
  }

  private cut(): StreamEvent[] {
    const blocks = this.pieces.join("").split(GAP)
    const rest = blocks.pop() ?? ""
    this.pieces = [rest]
    this.tail = rest.slice(-GAP_BEGUN)
    return blocks.map(parseBlock).filter((event) => event !== undefined)
  }
}

function parseBlock(block: string): StreamEvent | undefined {
  let name = "message"
  let id: string | undefined
  const data: string[] = []
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(":")
    if (colon <= 0) continue
    const value = line.slice(colon + 1).replace(/^ /, "")
    const field = line.slice(0, colon)
    if (field === "event") name = value
    if (field === "id") id = value
    if (field === "data") data.push(value)
  }
  if (data.length === 0) return undefined
  return { name, data: data.join("\n"), ...(id === undefined ? {} : { id }) }
}
