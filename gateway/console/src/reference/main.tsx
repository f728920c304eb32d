// The entry of `/scalar`: a page of its own, so that the console does not carry it.
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { followSystemTheme } from "../lib/theme.ts"
import "../styles.css"
import { ReferencePage } from "./reference-page.tsx"

followSystemTheme()
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <ReferencePage />
  </StrictMode>,
)
