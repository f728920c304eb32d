// What an answer covers from then on, a line each, and all of it.
export function Covered({ patterns }: { patterns: string[] }) {
  if (patterns.length === 0) return null
  return (
    <ul aria-label="Covered" className="max-h-[min(16rem,35dvh)] space-y-1 overflow-y-auto" tabIndex={0}>
      {patterns.map((pattern, at) => <li key={at} className="rounded-md border border-line bg-raised px-2.5 py-1 font-mono text-xs leading-5 break-all whitespace-pre-wrap">{pattern}</li>)}
    </ul>
  )
}
