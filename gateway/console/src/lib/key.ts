// Keys that make a change count once, however often it is sent.

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"

export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24))
  return Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join("")
}
