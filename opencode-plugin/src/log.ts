// One JSON object a line on standard error. Fields are chosen by hand at each call: ids, counts and
// sentences of ours, never a message's content, a command's output or a token.

export type Fields = Record<string, string | number | boolean | undefined>

export type Log = {
  info(message: string, fields?: Fields): void
  warn(message: string, fields?: Fields): void
}

export function jsonLog(write: (line: string) => void = (line) => void process.stderr.write(line)): Log {
  const line = (level: string, message: string, fields: Fields = {}) =>
    write(JSON.stringify({ time: new Date().toISOString(), level, service: "opencode-gateway-plugin", message, ...fields }) + "\n")
  return {
    info: (message, fields) => line("info", message, fields),
    warn: (message, fields) => line("warn", message, fields),
  }
}
