import { type ErrorComponentProps, Link } from "@tanstack/react-router"
import { Compass, TriangleAlert } from "lucide-react"
import { Button } from "../kit/button.tsx"
import { Empty } from "../kit/notice.tsx"

export function NotFound() {
  return <Empty icon={<Compass />} title="Page not found" action={<Button asChild look="primary"><Link to="/">All sessions</Link></Button>} />
}

/** A fault of the page's own. The gateway is not touched by it. */
export function PageError({ error }: ErrorComponentProps) {
  return (
    <Empty icon={<TriangleAlert />} title="Something went wrong on this page" action={<Button look="primary" onClick={() => location.reload()}>Reload</Button>}>
      <p>Your sessions are still running. Reloading usually fixes this.</p>
      <details className="mt-3 text-xs">
        <summary className="cursor-pointer">Details</summary>
        <p className="mt-1 font-mono break-words">{error instanceof Error ? error.message : String(error)}</p>
      </details>
    </Empty>
  )
}
