// Names of files in a text lead to what changed in them, where that is known.
import { createContext, Fragment, type ReactNode, useContext } from "react"

export interface KnownFiles {
  /** The path of the file that is meant, if just one can be. */
  find(name: string): string | undefined
  open(path: string): void
}

export const KnownFilesContext = createContext<KnownFiles | undefined>(undefined)

/** Something that may be the name of a file; when it is none it is drawn as `children` too, or as `otherwise`. */
export function FileName({ name, children, otherwise = children }: { name: string; children: ReactNode; otherwise?: ReactNode }) {
  const known = useContext(KnownFilesContext)
  const path = known?.find(name)
  if (!known || path === undefined) return <>{otherwise}</>
  return (
    <button type="button" data-file={path} title="Show what changed in this file" onClick={() => known.open(path)} className="file-name">
      {children}
    </button>
  )
}

/** What a name in running text may stand between. */
const BETWEEN = /([^\s"'`()[\]{}<>,;|]+)/
const BEHIND = /[.:!?…]+$/

/** Running text: whatever looks like a path in it may be one. */
export function Words({ text }: { text: string }) {
  const known = useContext(KnownFilesContext)
  if (!known || !/[./]/.test(text)) return <>{text}</>
  return (
    <>
      {text.split(BETWEEN).map((word, at) => {
        const name = word.replace(BEHIND, "")
        if (at % 2 === 0 || !/[./]/.test(name)) return <Fragment key={at}>{word}</Fragment>
        return <Fragment key={at}><FileName name={name}>{name}</FileName>{word.slice(name.length)}</Fragment>
      })}
    </>
  )
}
