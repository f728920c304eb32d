import { type ErrorComponentProps, Link } from "@tanstack/react-router"
import { Compass, TriangleAlert } from "lucide-react"
import { Button } from "../kit/button.tsx"
import { Empty } from "../kit/notice.tsx"

export function NotFound() {
  return <Empty icon={<Compass />} title="There is no such page" action={<Button asChild look="primary"><Link to="/">All sessions</Link></Button>} />
}

/** A fault of the page's own. The gateway is not touched by it. */
export function PageError({ error }: ErrorComponentProps) {
  return (
    <Empty icon={<TriangleAlert />} title="This page broke" action={<Button look="primary" onClick={() => location.reload()}>Load it again</Button>}>
      <p>The sessions go on. Loading the page again usually helps.</p>
      <p className="mt-2 font-mono text-xs break-words">{error instanceof Error ? error.message : String(error)}</p>
    </Empty>
  )
}
