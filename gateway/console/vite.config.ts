import tailwindcss from "@tailwindcss/vite"
import react from "@vitejs/plugin-react"
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import type { Plugin } from "vite"
import { defineConfig } from "vitest/config"

// While developing, the API comes from a gateway on this machine.
const gateway = process.env.GATEWAY_URL ?? "http://127.0.0.1:8000"

/**
 * Half of what a first page costs is compiling functions one by one as they are called. This comment lets Chromium compile
 * the files that every page needs as they arrive, beside everything else; to other browsers it is a comment.
 * It has to be the first line, so it is written when nothing rewrites the files any more.
 */
function compiledOnArrival(): Plugin {
  return {
    name: "compiled-on-arrival",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const page = Object.values(bundle).find((file) => file.type === "chunk" && file.facadeModuleId?.endsWith("/index.html"))
        if (page?.type !== "chunk") this.error("There is no chunk of index.html.")
        for (const name of [page.fileName, ...page.imports]) {
          const file = bundle[name]
          if (file?.type === "chunk") file.code = `//# allFunctionsCalledOnLoad\n${file.code}`
        }
      },
    },
  }
}

/** What is text has a packed copy beside it, so that the gateway packs nothing while people wait: a third of the bytes. */
function packedBeside(): Plugin {
  return {
    name: "packed-beside",
    apply: "build",
    writeBundle: {
      order: "post",
      sequential: true,
      async handler({ dir = "dist" }) {
        const files = await readdir(dir, { recursive: true })
        await Promise.all(files.filter((name) => /\.(js|css|html|svg)$/.test(name)).map(async (name) => {
          await writeFile(join(dir, `${name}.gz`), gzipSync(await readFile(join(dir, name)), { level: 9 }))
        }))
      },
    },
  }
}

export default defineConfig({
  plugins: [react(), tailwindcss(), compiledOnArrival(), packedBeside()],
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
