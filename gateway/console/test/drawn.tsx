// A component as it is first drawn, with who looks at it.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query"
import type { ReactElement } from "react"
import { renderToStaticMarkup } from "react-dom/server"
import { personName } from "../src/lib/person.ts"

export function me(id?: string): QueryClient {
  const client = new QueryClient()
  if (id) client.setQueryData(["me", personName()], { person: { id, name: id.split(":")[1] }, signed_in: true })
  return client
}

export function drawn(element: ReactElement, client = me()): HTMLElement {
  const page = document.createElement("div")
  page.innerHTML = renderToStaticMarkup(<QueryClientProvider client={client}>{element}</QueryClientProvider>)
  return page
}
