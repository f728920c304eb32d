// The API, drawn from the gateway's own document.
import { useEffect, useState } from "react"
import { Loading, Notice } from "../kit/notice.tsx"
import { Markdown } from "../markdown/markdown.tsx"
import { routes, type Reference } from "./document.ts"
import { RouteView } from "./route-view.tsx"
import { Named } from "./schema-view.tsx"

export function ReferencePage() {
  const [document, setDocument] = useState<Reference | "failed">()
  useEffect(() => {
    fetch("/openapi.json").then((answer) => answer.json()).then(setDocument, () => setDocument("failed"))
  }, [])
  return (
    <main className="h-full overflow-y-auto">
      <div className="mx-auto max-w-3xl px-4 py-8 sm:px-6">
        {document === undefined && <Loading what="the API reference" />}
        {document === "failed" && <Notice tone="error" title="The API reference couldn't be loaded">Reload this page when the gateway is back.</Notice>}
        {typeof document === "object" && <Whole document={document} />}
      </div>
    </main>
  )
}

function Whole({ document }: { document: Reference }) {
  const all = routes(document)
  return (
    <Named value={document.components.schemas}>
      <h1 className="text-2xl font-semibold">{document.info.title} API reference</h1>
      <p className="mt-1 mb-6 text-sm text-faint">Version {document.info.version} · <a className="text-accent-ink underline underline-offset-2" href="/openapi.json">openapi.json</a> · <a className="text-accent-ink underline underline-offset-2" href="/">Console</a></p>
      <Markdown text={document.info.description} />
      {document.tags.map(({ name, description }) => (
        <section key={name} className="mt-10">
          <h2 className="text-lg font-semibold">{name}</h2>
          <p className="mb-3 text-sm text-soft">{description}</p>
          {all.filter((route) => route.tags.includes(name)).map((route) => <RouteView key={route.operationId} route={route} />)}
        </section>
      ))}
    </Named>
  )
}
