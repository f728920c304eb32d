// React, and everything that it draws.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query"
import { RouterProvider } from "@tanstack/react-router"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { Problem } from "./api/client.ts"
import { cardsStore } from "./api/live.ts"
import { followSystemTheme } from "./lib/theme.ts"
import { router } from "./router.tsx"

const queries = new QueryClient({
  defaultOptions: {
    // What the gateway refused it refuses again; what it was not there for may work soon.
    queries: { retry: (failures, error) => failures < 3 && error instanceof Problem && error.unreached, staleTime: 1000 },
  },
})

/** A first picture that comes within this is drawn at once, without one of an empty page before it. */
const FIRST_PICTURE_MS = 150

export async function begin(into: Element) {
  followSystemTheme()
  const soon = Promise.all([cardsStore.known(), router.load()])
  await Promise.race([soon, new Promise((done) => setTimeout(done, FIRST_PICTURE_MS))])
  createRoot(into).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  )
}
