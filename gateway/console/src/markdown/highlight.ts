// Code into coloured spans, as React elements.
import bash from "highlight.js/lib/languages/bash"
import c from "highlight.js/lib/languages/c"
import css from "highlight.js/lib/languages/css"
import diff from "highlight.js/lib/languages/diff"
import go from "highlight.js/lib/languages/go"
import java from "highlight.js/lib/languages/java"
import javascript from "highlight.js/lib/languages/javascript"
import json from "highlight.js/lib/languages/json"
import markdown from "highlight.js/lib/languages/markdown"
import python from "highlight.js/lib/languages/python"
import rust from "highlight.js/lib/languages/rust"
import sql from "highlight.js/lib/languages/sql"
import typescript from "highlight.js/lib/languages/typescript"
import xml from "highlight.js/lib/languages/xml"
import yaml from "highlight.js/lib/languages/yaml"
import { createLowlight } from "lowlight"
import { createElement, type ReactNode } from "react"

const lowlight = createLowlight({ bash, c, css, diff, go, java, javascript, json, markdown, python, rust, sql, typescript, xml, yaml })
lowlight.registerAlias({ bash: ["sh", "shell", "zsh", "console"], typescript: ["ts", "tsx"], javascript: ["js", "jsx"] })

interface Node {
  type: string
  value?: string
  properties?: { className?: unknown }
  children?: Node[]
}

export function highlight(code: string, language: string): ReactNode {
  if (!lowlight.registered(language)) return code
  return draw(lowlight.highlight(language, code) as Node, 0)
}

function draw(node: Node, key: number): ReactNode {
  if (node.type === "text") return node.value
  const children = node.children?.map(draw)
  if (node.type === "root") return children
  const names = node.properties?.className
  return createElement("span", { key, className: Array.isArray(names) ? names.join(" ") : undefined }, children)
}
