// All keys, and what they do.
import { Dialog } from "../kit/dialog.tsx"
import { SHORTCUTS } from "./keys.ts"

export function ShortcutsDialog({ onClose }: { onClose(): void }) {
  return (
    <Dialog open onClose={onClose} title="Keyboard shortcuts">
      <div tabIndex={0} role="group" aria-label="All shortcuts" className="-mx-2 mt-2 max-h-[min(44rem,75dvh)] space-y-5 overflow-y-auto rounded-lg p-2 focus-visible:outline-1 focus-visible:outline-line">
        {SHORTCUTS.map(([where, keys]) => (
          <section key={where}>
            <h3 className="text-xs font-semibold text-faint">{where}</h3>
            <dl className="mt-2 space-y-2">
              {keys.map(([shown, does]) => (
                <div key={does} className="flex items-center gap-4 text-sm">
                  <dt className="flex w-30 shrink-0 flex-wrap gap-1.5">{shown.map((key) => <Key key={key}>{key}</Key>)}</dt>
                  <dd className="min-w-0 text-soft">{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}

function Key({ children }: { children: string }) {
  return <kbd className="rounded-md border border-line bg-sunken px-2 py-0.5 font-mono text-xs whitespace-nowrap">{children}</kbd>
}
