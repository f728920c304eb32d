// Files for a message: picked, dropped or pasted, shown with a small picture, taken off again.
import { FileText, Paperclip, X } from "lucide-react"
import { type ClipboardEvent, type DragEvent, useEffect, useRef, useState } from "react"
import { useLimits } from "../api/vocabulary.ts"
import { type AttachedFile, read, size, whyNot } from "../lib/files.ts"
import { Button } from "./button.tsx"
import { classes } from "./classes.ts"

export interface Attachments {
  files: AttachedFile[]
  problem?: string
  add(files: Iterable<File>): void
  remove(id: string): void
  clear(): void
  /** The problem was read. */
  dismiss(): void
}

/** `changed` is called when another set of files makes it another message. */
export function useAttachments(changed: () => void): Attachments {
  const [files, setFiles] = useState<AttachedFile[]>([])
  const [problem, setProblem] = useState<string>()
  const now = useRef(files)
  const limits = useLimits()
  const set = (next: AttachedFile[]) => {
    now.current = next
    setFiles(next)
    changed()
  }
  const add = async (more: File[]) => {
    if (more.length === 0) return
    try {
      const taken = await Promise.all(more.map(read))
      const why = whyNot(now.current, more, limits)
      setProblem(why)
      if (!why) set([...now.current, ...taken])
    } catch {
      setProblem("A file couldn't be read. Folders can't be attached; add the files inside.")
    }
  }
  return {
    files,
    problem,
    add: (more) => {
      const list = [...more]
      // Nothing large is read that is refused anyway.
      const why = whyNot(now.current, list, limits)
      if (why) setProblem(why)
      else void add(list)
    },
    remove: (id) => {
      setProblem(undefined)
      set(now.current.filter((file) => file.id !== id))
    },
    dismiss: () => setProblem(undefined),
    clear: () => {
      setProblem(undefined)
      set([])
    },
  }
}

/** Handlers for the place that files may be dropped on or pasted into. */
export function useDrop({ add }: Attachments) {
  const [over, setOver] = useState(false)
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files")
  return {
    over,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!hasFiles(event)) return
        event.preventDefault()
        setOver(true)
      },
      onDragLeave: () => setOver(false),
      onDrop: (event: DragEvent) => {
        if (!hasFiles(event)) return
        event.preventDefault()
        setOver(false)
        add(event.dataTransfer.files)
      },
      onPaste: (event: ClipboardEvent) => {
        if (event.clipboardData.files.length === 0) return
        // Copied from a spreadsheet there is text as well as a picture of it; the text is meant.
        if (event.clipboardData.types.includes("text/plain")) return
        event.preventDefault()
        add(event.clipboardData.files)
      },
    },
  }
}

export function AddFiles({ add, disabled, labelled }: Pick<Attachments, "add"> & { disabled?: boolean; labelled?: boolean }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to add"
        onChange={(event) => {
          add(event.target.files ?? [])
          // The same file may be chosen again after it was taken off.
          event.target.value = ""
        }}
      />
      <Button
        look={labelled ? "plain" : "quiet"}
        size={labelled ? "normal" : "icon"}
        className={labelled ? undefined : "size-11 rounded-xl"}
        disabled={disabled}
        onClick={() => input.current?.click()}
        {...(labelled ? {} : { "aria-label": "Add files" })}
      >
        <Paperclip aria-hidden />
        {labelled && "Add files"}
      </Button>
    </>
  )
}

export function AttachedFiles({ files, remove, disabled }: Pick<Attachments, "files" | "remove"> & { disabled?: boolean }) {
  if (files.length === 0) return null
  return (
    <ul aria-label="Attachments" className="flex flex-wrap gap-2 py-1.5">
      {files.map((file) => (
        <li key={file.id} className="flex h-12 max-w-full min-w-0 items-center gap-2.5 rounded-xl border border-line bg-page pr-1 pl-1.5 text-sm">
          <Thumbnail file={file} />
          <span className="min-w-0">
            <span className="block max-w-44 truncate leading-tight font-medium" title={file.name}>{file.name}</span>
            <span className="block text-2xs text-faint">{size(file.size)}</span>
          </span>
          <Button look="quiet" size="icon" className="size-9" disabled={disabled} onClick={() => remove(file.id)} aria-label={`Remove ${file.name}`}><X /></Button>
        </li>
      ))}
    </ul>
  )
}

const EDGE = 72

/** Drawn, not linked: the page's policy allows no addresses made up on the spot. */
function Thumbnail({ file }: { file: AttachedFile }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [drawn, setDrawn] = useState(false)
  useEffect(() => {
    if (!file.source.type.startsWith("image/") || typeof createImageBitmap === "undefined") return
    let gone = false
    createImageBitmap(file.source)
      .then((picture) => {
        const pen = canvas.current?.getContext("2d")
        if (gone || !pen) return
        const edge = Math.min(picture.width, picture.height)
        pen.drawImage(picture, (picture.width - edge) / 2, (picture.height - edge) / 2, edge, edge, 0, 0, EDGE, EDGE)
        setDrawn(true)
      })
      // No picture that this browser can draw; the agent may still read it.
      .catch(() => {})
    return () => {
      gone = true
    }
  }, [file])
  return (
    <span className="grid size-9 shrink-0 place-items-center overflow-hidden rounded-lg bg-sunken text-faint" aria-hidden>
      <canvas ref={canvas} width={EDGE} height={EDGE} className={classes("size-9", !drawn && "hidden")} />
      {!drawn && <FileText className="size-4" />}
    </span>
  )
}
