// Stands for a pod behind the real gateway: one link of the plugin, which says the hello that a test gives it, answers pings
// and makes sessions. It imitates frames and nothing else: there is no agent, and whatever else it is asked for is "done".
import { randomBytes } from "node:crypto"
import http from "node:http"

const HELLO = {
  v: 1, type: "hello", protocol: { min: 1, max: 1 }, plugin_version: "0.0.0-double", opencode_version: "0.0.0-double",
  boot_id: "boot-1", started_at: 1_000, directories: ["/work/web"], sessions: [], permissions: [], questions: [], held: [],
  position: { acked: 0, sent: 0, overflowed: false },
}

/** Connects a pod of that name; `told` is what its hello says besides. Returns once the gateway has welcomed it. */
export async function connectPod({ url, bridgeToken }, pod, told = {}) {
  const socket = await opened(`${url}/ws/bridge`, bridgeToken)
  const send = (value) => socket.write(framed(OPCODES.text, JSON.stringify(value)))
  let made = 0
  const welcomed = new Promise((resolve, reject) => {
    socket.once("close", () => reject(new Error(`The gateway refused ${pod}.`)))
    received(socket, (frame) => {
      if (frame.type === "welcome") resolve()
      else if (frame.type === "ping") send({ v: 1, type: "pong", nonce: frame.nonce })
      else if (frame.request_id) send({ v: 1, type: "reply", request_id: frame.request_id, result: result(frame, () => `ses_${pod.replaceAll("-", "")}000${++made}`) })
    })
  })
  send({ ...HELLO, ...told, pod })
  await welcomed
  return { close: () => socket.destroy() }
}

function result({ type, title, directory }, name) {
  switch (type) {
    case "session.create":
      return { kind: "session", session: { id: name(), title, directory, created_at: 1, updated_at: 1 } }
    case "session.messages":
      return { kind: "messages", messages: [], more: false }
    case "session.diff":
      return { kind: "diff", files: [] }
    case "choices.list":
      return { kind: "choices", models: [], agents: [] }
    default:
      return { kind: "done" }
  }
}

/** The WebSocket's own hand: Node has none that takes a header before version 22. */
function opened(url, token) {
  const headers = {
    connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": randomBytes(16).toString("base64"),
    authorization: `Bearer ${token}`,
  }
  return new Promise((resolve, reject) => {
    const request = http.get(url, { headers })
    request.once("upgrade", (_, socket, head) => {
      socket.unshift(head)
      // It ends with its gateway, or with the test.
      socket.on("error", () => {})
      resolve(socket)
    })
    request.once("response", (answer) => reject(new Error(`The bridge answered ${answer.statusCode}.`)))
    request.once("error", reject)
  })
}

const OPCODES = { text: 1, ping: 9, pong: 10 }

/** What a client sends is masked. */
function framed(opcode, text) {
  const [payload, mask] = [Buffer.from(text), randomBytes(4)]
  const long = payload.length > 125
  const head = Buffer.from([0x80 | opcode, 0x80 | (long ? 126 : payload.length), ...(long ? [payload.length >> 8, payload.length & 255] : [])])
  return Buffer.concat([head, mask, payload.map((byte, at) => byte ^ mask[at % 4])])
}

/** Hands on each text frame as JSON. The gateway sends each in one piece, unmasked. */
function received(socket, hand) {
  let rest = Buffer.alloc(0)
  socket.on("data", (piece) => {
    rest = Buffer.concat([rest, piece])
    for (let frame = firstOf(rest); frame; frame = firstOf(rest)) {
      rest = rest.subarray(frame.end)
      if (frame.opcode === OPCODES.text) hand(JSON.parse(frame.payload.toString()))
      if (frame.opcode === OPCODES.ping) socket.write(framed(OPCODES.pong, frame.payload))
    }
  })
}

function firstOf(bytes) {
  if (bytes.length < 2) return undefined
  const short = bytes[1] & 127
  const begin = short === 127 ? 10 : short === 126 ? 4 : 2
  if (bytes.length < begin) return undefined
  const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short
  const end = begin + length
  return bytes.length < end ? undefined : { opcode: bytes[0] & 15, payload: bytes.subarray(begin, end), end }
}
