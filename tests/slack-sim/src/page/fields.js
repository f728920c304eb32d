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

/**
 * An input of a modal, with its label. The form reads it by the block's id: the same action id may stand in every block.
 * `told` is called when the field tells the app at once of what was entered or chosen.
 */
export function field(block, told) {
  const { element } = block
  const label = [block.label.text, block.optional ? el("small", {}, " (optional)") : ""]
  const hint = block.hint && el("small", {}, block.hint.text)
  const input = el("div", { "data-field": block.block_id, "data-kind": element.type }, drawn(element, block.block_id))
  if (block.dispatch_action) tells(input, block, told)
  return el("label", {}, label, input, hint)
}

/** As Slack's client does: menus tell of each choice, a line of text of what its configuration names (Enter, if nothing). */
function tells(input, block, told) {
  const { element } = block
  if (!element.type.endsWith("_input")) return input.addEventListener("change", () => told(read(input)))
  const on = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"]
  if (on.includes("on_character_entered")) input.addEventListener("input", () => told(read(input)))
  if (!on.includes("on_enter_pressed") || element.multiline) return
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return
    // Otherwise Enter sends the form.
    event.preventDefault()
    if (read(input)) told(read(input))
  })
}

/** What is chosen before anybody touches it. */
const chosenFirst = (element) =>
  [element.initial_option, ...(element.initial_options ?? [])].filter(Boolean).map((one) => one.value)

function drawn(element, name) {
  const given = element.initial_value ?? ""
  const placeholder = element.placeholder?.text
  const list = options(element)
  const before = chosenFirst(element)
  switch (element.type) {
    case "plain_text_input":
    case "rich_text_input":
      return element.multiline || element.type === "rich_text_input"
        ? el("textarea", { rows: 4, placeholder }, given)
        : el("input", { value: given, placeholder })
    case "radio_buttons":
    case "checkboxes": {
      const type = element.type === "checkboxes" ? "checkbox" : "radio"
      return list.map((one) =>
        el("label", { class: "option" },
          el("input", { type, name, value: one.value, checked: before.includes(one.value) }), words(one.text)),
      )
    }
    case "static_select":
    case "multi_static_select":
      return el("select", { multiple: element.type.startsWith("multi") },
        element.type.startsWith("multi") ? null : el("option", { value: "" }, placeholder ?? "Choose…"),
        list.map((one) => el("option", { value: one.value, selected: before.includes(one.value) }, words(one.text))))
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

/** What a field holds; options by their values, with commas between them. */
function read(box) {
  const parts = [...box.querySelectorAll("input, textarea, select")]
  const ticked = parts.filter((one) => one.type === "checkbox" || one.type === "radio")
  if (ticked.length) return ticked.filter((one) => one.checked).map((one) => one.value).join(",")
  const [one] = parts
  return one.selectedOptions ? [...one.selectedOptions].map((option) => option.value).filter(Boolean).join(",") : one.value
}

/** What a form holds, by block id; an empty field is told as such, so that what was taken back is gone. */
export function values(form) {
  return Object.fromEntries([...form.querySelectorAll("[data-field]")].map((box) => [box.dataset.field, read(box)]))
}

/** Puts back what somebody had typed or chosen, where that field and that option are still there. */
export function fillIn(form, typed) {
  for (const box of form.querySelectorAll("[data-field]")) {
    const held = typed[box.dataset.field]
    if (held === undefined) continue
    const wanted = held.split(",")
    for (const one of box.querySelectorAll("input, textarea, select")) {
      if (one.type === "checkbox" || one.type === "radio") one.checked = wanted.includes(one.value)
      else if (one.options) for (const option of one.options) option.selected = wanted.includes(option.value)
      else one.value = held
    }
  }
}
