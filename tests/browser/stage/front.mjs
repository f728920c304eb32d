// Serves the built console under the content security policy that the gateway sets, and passes /api on. Its wire
// can be cut, which is how a connection is lost while somebody answers.
import { createReadStream, existsSync, statSync } from "node:fs"
import http from "node:http"
import { extname, join, normalize } from "node:path"
import { fileURLToPath } from "node:url"

const DIST = fileURLToPath(new URL("../../../gateway/console/dist", import.meta.url))

const POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

const KINDS = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
}

/** `token` signs people in at the gateway behind it. */
export async function startFront({ url: gateway, token }) {
  const sockets = new Set()
  const wire = { cut: false, swallowAnswers: false, losing: undefined, seen: [] }
  const server = http.createServer((request, response) => {
    if (!request.url.startsWith("/api/")) return file(request, response)
    wire.seen.push(`${request.method} ${request.url}`)
    if (wire.cut) return request.socket.destroy()
    if (loses(wire, request.url)) return response.writeHead(502).end()
    // The stream goes first: else it may tell what the answer did before the page knows that the answer's own connection broke.
    if (wire.swallowAnswers && request.url.endsWith("/answer")) cutAllBut(request.socket)
    pass(gateway, request, response, wire)
  })
  server.on("connection", (socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    token,
    seen: wire.seen,
    /** Nothing gets through any more, and what is open breaks. */
    cut() {
      wire.cut = true
      for (const socket of sockets) socket.destroy()
    },
    mend() {
      wire.cut = false
      wire.swallowAnswers = false
    },
    /** The next so many requests of this path do not come through, as with a proxy that finds no gateway. */
    lose(path, times) {
      wire.losing = { path, times }
    },
    /** The wire is cut when the next answer comes: the gateway still hears that, and the browser hears the gateway no more. */
    breakOnAnswer() {
      wire.swallowAnswers = true
    },
    stop() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(resolve))
    },
  }

  function cutAllBut(kept) {
    wire.cut = true
    for (const socket of sockets) if (socket !== kept) socket.destroy()
  }

  function pass(gateway, request, response, wire) {
    const target = new URL(request.url, gateway)
    const host = target.host
    const headers = { ...request.headers, host, ...(request.headers.origin ? { origin: `http://${host}` } : {}) }
    const onward = http.request(target, { method: request.method, headers }, (answer) => {
      if (wire.swallowAnswers && request.url.endsWith("/answer")) {
        answer.resume()
        request.socket.destroy()
        return
      }
      response.writeHead(answer.statusCode, answer.headers)
      answer.pipe(response)
    })
    onward.on("error", () => request.socket.destroy())
    response.on("close", () => onward.destroy())
    request.pipe(onward)
  }
}

function loses({ losing }, url) {
  return losing?.path === url.split("?")[0] && losing.times-- > 0
}

function file(request, response) {
  const path = normalize(new URL(request.url, "http://x").pathname)
  const wanted = join(DIST, path)
  const found = existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(DIST, "index.html")
  response.writeHead(200, {
    "content-type": KINDS[extname(found)] ?? "application/octet-stream",
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
  })
  createReadStream(found).pipe(response)
}
