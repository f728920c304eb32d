import tailwindcss from "@tailwindcss/vite"
import react from "@vitejs/plugin-react"
import { defineConfig } from "vitest/config"

// While developing, the API comes from a gateway on this machine.
const gateway = process.env.GATEWAY_URL ?? "http://127.0.0.1:8000"

export default defineConfig({
  plugins: [react(), tailwindcss()],
  server: { proxy: { "/api": gateway, "/openapi.json": gateway } },
  build: {
    target: "es2022",
    // The content security policy allows files of ours only: nothing is put into the page or into the styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      // The console, and the reference of the API.
      input: ["index.html", "scalar.html"],
      output: { entryFileNames: "assets/[name]-[hash].js", chunkFileNames: "assets/[name]-[hash].js", assetFileNames: "assets/[name]-[hash][extname]" },
    },
  },
  test: { environment: "happy-dom", include: ["test/**/*.test.{ts,tsx}"] },
})
