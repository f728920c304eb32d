// Block Kit as the chat draws it. `act(element, choice)` is told of clicks; in modals inputs are drawn by fields.js.
import { field, menu } from "./fields.js"
import { el, link, markdown, nameOf, words } from "./text.js"

export function blocks(list, act, errors = {}) {
  return (list ?? []).map((block) => {
    const draw = BLOCKS[block.type] ?? unknown
    // The same action id may stand in several blocks.
    const inside = (element, choice) => act({ ...element, block: block.block_id }, choice)
    return el("div", { class: `block ${block.type}`, "data-block": block.block_id }, draw(block, inside, errors))
  })
}

const unknown = (block) => el("em", { class: "unknown" }, `(a block of type ${block.type})`)

const BLOCKS = {
  section: (block, act) => [
    el("div", { class: "words" }, words(block.text)),
    block.fields && el("div", { class: "fields" }, block.fields.map((one) => el("div", {}, words(one)))),
    block.accessory && element(block.accessory, act),
  ],
  header: (block) => el("h3", {}, words(block.text)),
  divider: () => el("hr"),
  context: (block) =>
    block.elements.map((one) => (one.type === "image" ? picture(one) : el("span", {}, words(one)))),
  actions: (block, act) => block.elements.map((one) => element(one, act)),
  context_actions: (block, act) => block.elements.map((one) => element(one, act)),
  image: (block) => picture(block),
  markdown: (block) => markdown(block.text),
  rich_text: (block) => block.elements.map(rich),
  table: (block) => el("table", {}, block.rows.map((row) => el("tr", {}, row.map(cell)))),
  input: (block, act, errors) => [
    field(block, (choice) => act(block.element, choice)),
    errors[block.block_id] && el("p", { class: "wrong" }, errors[block.block_id]),
  ],
  plan: (block) => [el("b", {}, block.title), (block.tasks ?? []).map((task) => BLOCKS.task_card(task))],
  task_card: (block) => [
    el("span", { class: `task ${block.status ?? ""}` }, block.title),
    block.details && el("small", {}, typeof block.details === "string" ? block.details : rich(block.details)),
    block.output && el("small", {}, typeof block.output === "string" ? block.output : rich(block.output)),
  ],
  alert: (block) => words(block.text),
}

/** No image is loaded from anywhere: its place and its words are shown. */
const picture = (image) => el("span", { class: "picture", title: image.image_url }, `🖼 ${image.alt_text ?? ""}`)

const cell = (one) => el("td", {}, one.type === "rich_text" ? one.elements.map(rich) : String(one.text ?? one.value ?? ""))

export function element(one, act) {
  if (one.type === "image") return picture(one)
  if (one.type !== "button") return menu(one, act)
  const label = one.text?.text ?? ""
  const click = async () => {
    if (one.confirm && !window.confirm(`${one.confirm.title.text}\n\n${one.confirm.text.text}`)) return
    if (one.url && /^https?:/.test(one.url)) window.open(one.url, "_blank", "noreferrer")
    await act(one)
  }
  return el("button", { type: "button", class: one.style, "data-action": one.action_id, onclick: click }, label)
}

function rich(part) {
  const inside = () => (part.elements ?? []).map(rich)
  switch (part.type) {
    case "rich_text":
    case "rich_text_section":
      return el("div", {}, inside())
    case "rich_text_preformatted":
      return el("pre", {}, inside())
    case "rich_text_quote":
      return el("blockquote", {}, inside())
    case "rich_text_list":
      return el(part.style === "ordered" ? "ol" : "ul", {}, (part.elements ?? []).map((one) => el("li", {}, rich(one))))
    case "link":
      return link(part.url, part.text ?? part.url)
    case "user":
      return el("span", { class: "mention" }, `@${nameOf(part.user_id)}`)
    case "channel":
      return el("span", { class: "mention" }, `#${nameOf(part.channel_id)}`)
    case "broadcast":
      return el("span", { class: "mention all" }, `@${part.range}`)
    case "emoji":
      return document.createTextNode(`:${part.name}:`)
    default:
      return styled(part.text ?? "", part.style ?? {})
  }
}

function styled(text, style) {
  let node = document.createTextNode(text)
  for (const [key, tag] of [["code", "code"], ["bold", "b"], ["italic", "i"], ["strike", "s"]]) {
    if (style[key]) node = el(tag, {}, node)
  }
  return node
}
