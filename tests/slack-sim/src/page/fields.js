// Menus on messages, and the inputs of modals.
import { el, words } from "./text.js"

const options = (element) => element.options ?? (element.option_groups ?? []).flatMap((group) => group.options)

/** A menu whose choice is told at once. */
export function menu(element, act) {
  const list = options(element)
  if (!list.length) return el("em", { class: "unknown" }, `(${element.type})`)
  const first = el("option", { value: "" }, element.placeholder?.text ?? "Choose…")
  const choices = list.map((one) => el("option", { value: one.value }, words(one.text)))
  const chosen = (event) => event.target.value && act(element, event.target.value)
  return el("select", { "data-action": element.action_id, onchange: chosen }, first, choices)
}

/** An input of a modal, with its label. The form reads it by the element's action id. */
export function field(block) {
  const { element } = block
  const label = [block.label.text, block.optional ? el("small", {}, " (optional)") : ""]
  const hint = block.hint && el("small", {}, block.hint.text)
  const input = el("div", { "data-field": element.action_id, "data-kind": element.type }, drawn(element))
  return el("label", {}, label, input, hint)
}

function drawn(element) {
  const name = element.action_id
  const given = element.initial_value ?? ""
  const placeholder = element.placeholder?.text
  const list = options(element)
  const initial = element.initial_option?.value
  switch (element.type) {
    case "plain_text_input":
    case "rich_text_input":
      return element.multiline || element.type === "rich_text_input"
        ? el("textarea", { rows: 4, placeholder }, given)
        : el("input", { value: given, placeholder })
    case "radio_buttons":
    case "checkboxes": {
      const type = element.type === "checkboxes" ? "checkbox" : "radio"
      const before = (element.initial_options ?? []).map((one) => one.value).concat(initial ?? [])
      return list.map((one) =>
        el("label", { class: "option" },
          el("input", { type, name, value: one.value, checked: before.includes(one.value) }), words(one.text)),
      )
    }
    case "static_select":
    case "multi_static_select":
      return el("select", { multiple: element.type.startsWith("multi") },
        element.type.startsWith("multi") ? null : el("option", { value: "" }, placeholder ?? "Choose…"),
        list.map((one) => el("option", { value: one.value, selected: one.value === initial }, words(one.text))))
    case "datepicker":
      return el("input", { type: "date", value: element.initial_date })
    case "timepicker":
      return el("input", { type: "time", value: element.initial_time })
    case "number_input":
      return el("input", { inputmode: "decimal", value: given, placeholder })
    default:
      return el("input", { value: given || element.initial_user || element.initial_conversation || "",
        placeholder: placeholder ?? element.type.replaceAll("_", " ") })
  }
}

/** What a form holds, by action id; empty fields are left out. */
export function values(form) {
  const found = {}
  for (const box of form.querySelectorAll("[data-field]")) {
    const parts = [...box.querySelectorAll("input, textarea, select")]
    const ticked = parts.filter((one) => one.type === "checkbox" || one.type === "radio")
    const value = ticked.length
      ? ticked.filter((one) => one.checked).map((one) => one.value).join(",")
      : [...(parts[0].selectedOptions ?? [])].map((one) => one.value).join(",") || parts[0].value
    if (value) found[box.dataset.field] = value
  }
  return found
}
