// The last lines that a lab wrote, as they come.
import { useQuery } from "@tanstack/react-query"
import { api } from "../api/client.ts"
import { Button } from "../kit/button.tsx"
import { Dialog } from "../kit/dialog.tsx"
import { visible } from "../lib/visible.ts"

/** Often enough to follow, and nothing while nobody looks. */
const EVERY_MS = 2_000

export function LabLog({ session, open, onClose }: { session: string; open: boolean; onClose(): void }) {
  const { data, error } = useQuery({
    queryKey: ["lab-log", session],
    queryFn: () => api.labLog(session),
    enabled: open,
    refetchInterval: open ? EVERY_MS : false,
    retry: false,
  })
  const told = error ? "The log couldn't be loaded." : (data?.log ?? "Loading…")
  return (
    <Dialog open={open} onClose={onClose} title="Lab log" wide footer={<Button onClick={onClose}>Close</Button>}>
      <pre tabIndex={0} aria-label="The last 50 lines" className="max-h-[60dvh] overflow-auto rounded-xl border border-line bg-sunken p-3 font-mono text-xs break-words whitespace-pre-wrap">
        {visible(told) || "Nothing written yet."}
      </pre>
    </Dialog>
  )
}
