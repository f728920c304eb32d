import { QueryClient, QueryClientProvider } from "@tanstack/react-query"
import { RouterProvider } from "@tanstack/react-router"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { Problem } from "./api/client.ts"
import { followSystemTheme } from "./lib/theme.ts"
import { router } from "./router.tsx"
import "./styles.css"

followSystemTheme()

const queries = new QueryClient({
  defaultOptions: {
    // What the gateway refused it refuses again; what it was not there for may work soon.
    queries: { retry: (failures, error) => failures < 3 && error instanceof Problem && error.unreached, staleTime: 1000 },
  },
})

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
