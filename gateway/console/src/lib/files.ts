// Files that go with a message: whether they fit, told before anything is sent, and their content as text.
import type { Sizes } from "../api/types.gen.ts"

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
export function whyNot(there: Pick<AttachedFile, "size">[], more: Pick<File, "name" | "size">[], limits: Pick<Sizes, "files" | "files_bytes"> | undefined): string | undefined {
  const empty = more.find((file) => file.size === 0)
  if (empty) return `${empty.name} is empty.`
  if (!limits) return undefined
  const count = there.length + more.length
  if (count > limits.files) return `Up to ${limits.files} files per message; you selected ${count}.`
  const bytes = [...there, ...more].reduce((sum, file) => sum + file.size, 0)
  if (bytes > limits.files_bytes) return `Attachments are limited to ${size(limits.files_bytes)} in total; these add up to ${size(bytes)}. Add large files to the repository instead.`
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
