// Draws components that keep no state into the page, without React's renderer. What somebody sees first is there before that big
// part of the console has arrived; React then draws the very same components over it.
import { Fragment, isValidElement, type ReactNode } from "react"

const SVG = "http://www.w3.org/2000/svg"

/** React's names of attributes that the page spells otherwise. */
const SPELLED: Record<string, string> = {
  className: "class", htmlFor: "for", strokeWidth: "stroke-width", strokeLinecap: "stroke-linecap", strokeLinejoin: "stroke-linejoin",
}

export function draw(node: ReactNode, into: Node & ParentNode): void {
  if (node === null || node === undefined || typeof node === "boolean") return
  if (typeof node === "string" || typeof node === "number") return into.append(String(node))
  if (Array.isArray(node)) return node.forEach((one) => draw(one, into))
  if (!isValidElement<Props>(node)) return
  const { type, props } = node
  if (type === Fragment) draw(props.children, into)
  else if (typeof type === "function") draw((type as (props: Props) => ReactNode)(props), into)
  else if (typeof type === "string") into.append(element(type, props, into))
  else throw new Error("This can only be drawn by React.")
}

type Props = Record<string, unknown> & { children?: ReactNode }

function element(name: string, { children, ...attributes }: Props, into: Node): Element {
  const inSvg = name === "svg" || (into instanceof Element && into.namespaceURI === SVG)
  const made = inSvg ? document.createElementNS(SVG, name) : document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) set(made, SPELLED[attribute] ?? attribute, value)
  draw(children, made)
  return made
}

function set(made: Element, name: string, value: unknown) {
  const said = name.startsWith("aria-") || name.startsWith("data-")
  if (value === undefined || value === null || typeof value === "function") return
  if (typeof value === "boolean" && !said) return value ? made.setAttribute(name, "") : undefined
  made.setAttribute(name, String(value))
}
