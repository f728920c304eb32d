import tailwindcss from "@tailwindcss/vite"
import react from "@vitejs/plugin-react"
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import type { Plugin, Rollup } from "vite"
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
        for (const file of ["/index.html", FIRST_PICTURE, "/src/app.tsx"].flatMap((module) => filesOf(bundle, module))) {
          if (!file.code.startsWith(COMPILED)) file.code = `${COMPILED}\n${file.code}`
        }
      },
    },
  }
}

const COMPILED = "//# allFunctionsCalledOnLoad"

const FIRST_PICTURE = "/src/first-picture.tsx"

/** What draws the first picture comes beside the script that asks for it, and not after it. */
function firstPictureBeside(): Plugin {
  return {
    name: "first-picture-beside",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(_, { bundle, path }) {
        if (!bundle || path !== "/index.html") return []
        return filesOf(bundle, FIRST_PICTURE).map(({ fileName }) => ({ tag: "link", attrs: { rel: "modulepreload", crossorigin: true, href: `/${fileName}` }, injectTo: "head" as const }))
      },
    },
  }
}

/** The file of this module, and those that it cannot begin without. */
function filesOf(bundle: Rollup.OutputBundle, module: string): Rollup.OutputChunk[] {
  const chunks = Object.values(bundle).filter((file) => file.type === "chunk")
  const first = chunks.find((file) => file.moduleIds.some((id) => id.endsWith(module)))
  if (!first) throw new Error(`There is no file of ${module}.`)
  return [first, ...chunks.filter((file) => first.imports.includes(file.fileName))]
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
  plugins: [react(), tailwindcss(), firstPictureBeside(), compiledOnArrival(), packedBeside()],
  server: { proxy: { "/api": gateway, "/openapi.json": gateway } },
  build: {
    target: "es2022",
    // The content security policy allows files of ours only: nothing is put into the page or into the styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      // The console, and the reference of the API.
      input: ["index.html", "scalar.html"],
      output: {
        // In one file, though others use parts of it: each file more is felt.
        manualChunks: (id) => (id.endsWith(FIRST_PICTURE) ? "first" : undefined),
        entryFileNames: "assets/[name]-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
  test: { environment: "happy-dom", include: ["test/**/*.test.{ts,tsx}"], setupFiles: ["test/setup.ts"] },
})
