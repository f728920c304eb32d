// Code with colours. The highlighter is loaded when the first code is shown.
import { Check, Copy } from "lucide-react"
import { type ReactNode, useEffect, useMemo, useState } from "react"
import { Button } from "../kit/button.tsx"
import { visible } from "../lib/visible.ts"

/** Longer code stays plain: colouring it would hold up the page. */
const LONGEST = 30_000

interface CodeBlockProps {
  code: string
  language?: string
  /** It is still being written; colours come when it is complete. */
  growing?: boolean
}

export function CodeBlock({ code: written, language, growing }: CodeBlockProps) {
  // What is copied is what is seen.
  const code = useMemo(() => visible(written), [written])
  const name = language?.split(/\s/)[0]?.toLowerCase()
  const coloured = useColours(code, growing || code.length > LONGEST ? undefined : name)
  return (
    <figure className="group relative overflow-hidden rounded-xl border border-line bg-sunken/60">
      <figcaption className="flex h-8 items-center justify-between border-b border-line pr-1 pl-3.5 text-2xs text-faint">
        <span className="min-w-0 truncate">{name === "mermaid" ? "Mermaid diagram: its source, not drawn here" : visible(name ?? "text")}</span>
        <CopyButton text={code} />
      </figcaption>
      <pre tabIndex={0} className="max-h-[32rem] overflow-auto p-3.5 font-mono text-[0.8125rem] leading-[1.6]"><code>{coloured ?? code}</code></pre>
    </figure>
  )
}

function useColours(code: string, language: string | undefined): ReactNode {
  const [coloured, setColoured] = useState<{ code: string; drawn: ReactNode }>()
  useEffect(() => {
    if (!language) return
    let wanted = true
    // Without colours it reads just as well.
    import("./highlight.ts").then(
      ({ highlight }) => wanted && setColoured({ code, drawn: highlight(code, language) }),
      () => {},
    )
    return () => {
      wanted = false
    }
  }, [code, language])
  return coloured?.code === code ? coloured.drawn : undefined
}

export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard?.writeText(text).then(() => setCopied(true), () => {})
    setTimeout(() => setCopied(false), 1500)
  }
  return (
    <Button look="quiet" size="small" className="h-6 px-2 text-2xs" onClick={copy}>
      {copied ? <Check /> : <Copy />}
      {copied ? "Copied" : label}
    </Button>
  )
}
