// A page of its own beside the list: a heading, a way back on a phone.
import { Link } from "@tanstack/react-router"
import { ArrowLeft } from "lucide-react"
import { type ReactNode, useEffect } from "react"
import { Button } from "./button.tsx"

export function Page({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · OpenCode Gateway`
  }, [title])
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto max-w-2xl px-4 pt-3 pb-12 sm:px-6 lg:pt-10">
        <div className="mb-6 flex items-center gap-2">
          <Button asChild look="quiet" size="icon" className="-ml-2 lg:hidden"><Link to="/" aria-label="All sessions"><ArrowLeft /></Link></Button>
          <h1 className="text-xl font-semibold">{title}</h1>
        </div>
        {children}
      </div>
    </div>
  )
}
