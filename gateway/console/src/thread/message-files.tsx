// The files of a message: pictures are seen, texts can be read, everything can be downloaded.
import { useQuery } from "@tanstack/react-query"
import { Download, FileText, ImageOff } from "lucide-react"
import { createContext, useContext, useState } from "react"
import { api, Problem } from "../api/client.ts"
import type { FileShown } from "../api/types.gen.ts"
import { Button } from "../kit/button.tsx"
import { Dialog } from "../kit/dialog.tsx"
import { visible } from "../lib/visible.ts"
import { LongText } from "../markdown/long-text.tsx"

/** The session whose thread this is. */
export const SessionContext = createContext("")

/** Kinds that the gateway serves as pictures; anything else it only gives to be kept. */
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"])

export function MessageFiles({ message, files }: { message: string; files?: FileShown[] }) {
  const session = useContext(SessionContext)
  const [opened, setOpened] = useState<FileShown>()
  if (!files?.length) return null
  const address = (file: FileShown) => api.fileAddress(session, message, file.id)
  return (
    <>
      <ul aria-label="Attached files" className="mt-2 flex flex-wrap gap-2">
        {files.map((file) => (
          <li key={file.id} className="max-w-full min-w-0">
            {PICTURES.has(file.mime)
              ? <Picture file={file} address={address(file)} onOpen={() => setOpened(file)} />
              : <Paper file={file} address={address(file)} onOpen={file.mime.startsWith("text/") ? () => setOpened(file) : undefined} />}
          </li>
        ))}
      </ul>
      <Dialog wide open={opened !== undefined} onClose={() => setOpened(undefined)} title={visible(opened?.name ?? "")}>
        {opened && <Whole file={opened} address={address(opened)} />}
      </Dialog>
    </>
  )
}

/** Always as large as this, so that nothing moves when it arrives. */
function Picture({ file, address, onOpen }: { file: FileShown; address: string; onOpen(): void }) {
  const [failed, setFailed] = useState(0)
  const [tries, setTries] = useState(0)
  const name = visible(file.name)
  if (failed > tries) return <Missing name={name} onRetry={() => setTries(failed)} />
  return (
    <button type="button" onClick={onOpen} aria-label={`Open ${name}`} title={name} className="block overflow-hidden rounded-xl border border-line bg-sunken">
      <img key={tries} src={address} alt={name} loading="lazy" decoding="async" onError={() => setFailed(tries + 1)} className="size-28 object-cover sm:size-36" />
    </button>
  )
}

function Missing({ name, onRetry }: { name: string; onRetry(): void }) {
  return (
    <div className="flex size-28 flex-col items-center justify-center gap-1 rounded-xl border border-line bg-sunken p-2 text-center text-xs text-faint sm:size-36">
      <ImageOff className="size-4" aria-hidden />
      <span className="line-clamp-2 max-w-full break-all">{name}</span>
      <span>can't be loaded now</span>
      <Button size="small" look="quiet" className="h-7" onClick={onRetry}>Try again</Button>
    </div>
  )
}

/** A file with its name. */
function Paper({ file, address, onOpen }: { file: FileShown; address: string; onOpen?(): void }) {
  const name = visible(file.name)
  const look = "inline-flex min-h-9 max-w-full items-center gap-1.5 rounded-lg border border-line bg-raised px-2.5 text-xs hover:bg-sunken max-sm:min-h-11"
  const inside = <><FileText className="size-3.5 shrink-0 text-faint" aria-hidden /><span className="truncate">{name}</span></>
  if (onOpen) return <button type="button" aria-label={`Open ${name}`} onClick={onOpen} className={look}>{inside}</button>
  return <a href={address} download={file.name} aria-label={`Download ${name}`} className={look}>{inside}<Download className="size-3.5 shrink-0 text-faint" aria-hidden /></a>
}

function Whole({ file, address }: { file: FileShown; address: string }) {
  return (
    <div className="space-y-3">
      {PICTURES.has(file.mime)
        ? <img src={address} alt={visible(file.name)} tabIndex={-1} data-begin className="mx-auto max-h-[calc(100dvh-10rem)] max-w-full rounded-lg bg-sunken object-contain outline-none" />
        : <TextOf address={address} />}
      <Button asChild><a href={address} download={file.name}><Download aria-hidden />Download</a></Button>
    </div>
  )
}

function TextOf({ address }: { address: string }) {
  const { data, error } = useQuery({ queryKey: ["file", address], queryFn: () => api.fileText(address), retry: false, staleTime: Infinity, gcTime: 60_000 })
  if (error) return <p role="alert" className="text-sm text-bad">{error instanceof Problem ? error.detail : "The file can't be loaded now."}</p>
  return (
    <div tabIndex={0} data-begin role="region" aria-label="Text of the file" className="max-h-[calc(100dvh-12rem)] min-h-24 overflow-auto rounded-xl border border-line bg-sunken/60 p-3.5">
      {data === undefined ? <p className="text-sm text-faint">Loading…</p> : <LongText text={data} />}
    </div>
  )
}
