// Text as the chat shows it: mrkdwn, the markdown of agents, names. Everything becomes nodes; nothing is ever parsed
// as HTML.

export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value)
    else node.setAttribute(key, value === true ? "" : value)
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false))
  return node
}

const names = new Map()

/** Who and what ids stand for. */
export function know(people, channels) {
  for (const one of people) names.set(one.id, `@${one.name}`)
  for (const one of channels) names.set(one.id, `#${one.name}`)
}

export const nameOf = (id) => (names.get(id) ?? id ?? "").replace(/^[@#]/, "")

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")

const safe = (url) => /^(https?|mailto):/i.test(url)

export function link(url, text) {
  return safe(url) ? el("a", { href: url, target: "_blank", rel: "noreferrer" }, text) : document.createTextNode(text)
}

/** `<…>`: a mention, a channel, a call to all, a link. */
function angle(inside) {
  const [target, label] = inside.split("|")
  if (/^[@#]/.test(target)) return el("span", { class: "mention" }, names.get(target.slice(1)) ?? label ?? target)
  // A time in the reader's own zone; what stands behind the bar is for clients that cannot.
  if (target.startsWith("!date^")) return el("time", {}, label ?? new Date(Number(target.split("^")[1]) * 1000).toLocaleString())
  if (target.startsWith("!")) return el("span", { class: "mention all" }, `@${label ?? target.slice(1)}`)
  return link(unescape(target), unescape(label ?? target))
}

const MRKDWN = [
  [/```([\s\S]+?)```\n?/, (found) => el("pre", {}, unescape(found[1].replace(/^\n/, "")))],
  [/`([^`\n]+)`/, (found) => el("code", {}, unescape(found[1]))],
  [/<([^<>\n]+)>/, (found) => angle(found[1])],
  [/(?<![\w*])\*([^*\n]+)\*(?![\w*])/, (found) => el("b", {}, mrkdwn(found[1]))],
  [/(?<![\w_])_([^_\n]+)_(?![\w_])/, (found) => el("i", {}, mrkdwn(found[1]))],
  [/(?<![\w~])~([^~\n]+)~(?![\w~])/, (found) => el("s", {}, mrkdwn(found[1]))],
  [/(?:^|(?<=\n))&gt; ?([^\n]*)\n?/, (found) => el("blockquote", {}, mrkdwn(found[1]))],
]

const MARKDOWN = [
  [/```[^\n]*\n([\s\S]+?)```\n?/, (found) => el("pre", {}, unescape(found[1]))],
  [/`([^`\n]+)`/, (found) => el("code", {}, unescape(found[1]))],
  [/\[([^\]\n]+)\]\(([^)\s]+)\)/, (found) => link(unescape(found[2]), unescape(found[1]))],
  [/<([^<>\n]+)>/, (found) => angle(found[1])],
  [/\*\*([^*\n]+)\*\*/, (found) => el("b", {}, markdown(found[1]))],
  [/(?<![\w*])\*([^*\n]+)\*(?![\w*])/, (found) => el("i", {}, markdown(found[1]))],
  [/(?<![\w_])_([^_\n]+)_(?![\w_])/, (found) => el("i", {}, markdown(found[1]))],
  [/~~([^~\n]+)~~/, (found) => el("s", {}, markdown(found[1]))],
  [/(?:^|(?<=\n))#{1,6} ([^\n]*)\n?/, (found) => el("h4", {}, markdown(found[1]))],
  [/(?:^|(?<=\n))[-*] ([^\n]*)\n?/, (found) => el("li", {}, markdown(found[1]))],
  [/(?:^|(?<=\n))(?:>|&gt;) ?([^\n]*)\n?/, (found) => el("blockquote", {}, markdown(found[1]))],
]

/** Takes the rule that matches first, and goes on before and behind it. */
function apply(rules, text) {
  let first = null
  for (const [pattern, make] of rules) {
    const found = pattern.exec(text)
    if (found && (!first || found.index < first.found.index)) first = { found, make }
  }
  if (!first) return text ? [document.createTextNode(unescape(text))] : []
  const { found, make } = first
  const before = text.slice(0, found.index)
  const head = before ? [document.createTextNode(unescape(before))] : []
  return [...head, make(found), ...apply(rules, text.slice(found.index + found[0].length))]
}

export const mrkdwn = (text) => apply(MRKDWN, text ?? "")
export const markdown = (text) => apply(MARKDOWN, text ?? "")

/** A text object. */
export function words(object) {
  if (!object) return []
  return object.type === "mrkdwn" ? mrkdwn(object.text) : [document.createTextNode(object.text ?? "")]
}
