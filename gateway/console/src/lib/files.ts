// Files that go with a message: the gateway's limits, told before anything is sent, and their content as text.

export const MOST_FILES = 10
export const MOST_BYTES = 5 * 1024 * 1024

export interface AttachedFile {
  /** Of this page only. */
  id: string
  name: string
  size: number
  /** As base64. */
  content: string
  /** What it was read from, for a picture of it. */
  source: Blob
}

export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}

/** Why these files do not fit with those that are there, as a sentence. */
export function whyNot(there: Pick<AttachedFile, "size">[], more: Pick<File, "name" | "size">[]): string | undefined {
  const empty = more.find((file) => file.size === 0)
  if (empty) return `${empty.name} is empty.`
  const count = there.length + more.length
  if (count > MOST_FILES) return `Up to ${MOST_FILES} files per message; you selected ${count}.`
  const bytes = [...there, ...more].reduce((sum, file) => sum + file.size, 0)
  if (bytes > MOST_BYTES) return `Attachments are limited to ${size(MOST_BYTES)} in total; these add up to ${size(bytes)}. Add large files to the repository instead.`
  return undefined
}

let count = 0

export async function read(file: File): Promise<AttachedFile> {
  const content = await base64(file)
  count += 1
  // What is pasted from a screen has the same name each time.
  return { id: `file-${count}`, name: file.name || "pasted.png", size: file.size, content, source: file }
}

function base64(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onerror = () => reject(reader.error)
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""))
    reader.readAsDataURL(file)
  })
}
