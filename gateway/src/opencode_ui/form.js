// Shows the form that a session waits for before it may write, as a dialog over OpenCode's page.

const LOOK_MS = 2_000

const STYLE = `
  dialog { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; border: 1px solid #0003; border-radius: 12px;
    padding: 20px; width: min(28rem, calc(100vw - 32px)); max-height: calc(100dvh - 32px); overflow-y: auto; box-sizing: border-box; }
  dialog::backdrop { background: #0006; }
  h2 { font-size: 18px; margin: 0 0 8px; }
  p { margin: 0 0 12px; }
  code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
  label { display: block; margin: 0 0 12px; }
  label span { display: block; font-weight: 600; }
  input, select { font: inherit; width: 100%; min-height: 44px; padding: 6px 10px; box-sizing: border-box; border: 1px solid #767676;
    border-radius: 8px; background: #fff; color: inherit; }
  .row { display: flex; flex-wrap: wrap; gap: 8px; }
  button { font: inherit; min-height: 44px; padding: 6px 16px; border: 1px solid #767676; border-radius: 8px; background: #fff; color: inherit; cursor: pointer; }
  button.main { background: #1a56c4; border-color: #1a56c4; color: #fff; }
  button:disabled { opacity: .6; cursor: default; }
  .wrong { color: #b00020; }
  .again { position: fixed; right: 16px; bottom: 16px; z-index: 2147483647; box-shadow: 0 2px 8px #0004; }
  @media (prefers-color-scheme: dark) {
    dialog, input, select, button { background: #1f1f1f; color: #f0f0f0; border-color: #8a8a8a; }
    .wrong { color: #ff8a80; }
  }
`

let host
/** The ask that is on the screen, or was put off. */
let asked
/** The session whose form was sent, and its page then: it goes on elsewhere. */
let sent

const session = () => /\/session\/(ses_[A-Za-z0-9_-]+)/.exec(location.pathname)?.[1] ?? null

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}

function clear() {
  host?.remove()
  host = undefined
  asked = undefined
}

function surface() {
  host?.remove()
  host = element("div", { id: "gateway-form" })
  const root = host.attachShadow({ mode: "open" })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(STYLE)
  root.adoptedStyleSheets = [sheet]
  // What is typed here is not for OpenCode's own shortcuts.
  for (const kind of ["keydown", "keyup", "keypress", "paste", "input"]) host.addEventListener(kind, (event) => event.stopPropagation())
  document.body.append(host)
  return root
}

function field({ name, label, required, options = [], suggestion = "" }) {
  const control = options.length
    ? element("select", { name, required }, element("option", { value: "", textContent: "Choose…" }), ...options.map((value) => element("option", { value, textContent: value })))
    : element("input", { name, required, autocomplete: "off", spellcheck: false })
  control.value = suggestion
  return element("label", {}, element("span", { textContent: required ? label : `${label} (optional)` }), control)
}

function show(form) {
  asked = form.ask
  const root = surface()
  const wrong = element("p", { className: "wrong", role: "alert" })
  const main = element("button", { type: "submit", className: "main", textContent: "Save and continue" })
  const later = element("button", { type: "button", textContent: "Later" })
  const deny = form.deny ? [element("button", { type: "button", textContent: form.deny })] : []
  const buttons = [main, ...deny, later]
  const heading = element("h2", { id: "title", textContent: form.title })
  const why = element("p", {}, "The agent wants to make its first change: ", element("code", { textContent: form.call }), ". It continues in a new workspace.")
  const inner = element("form", {}, heading, why, ...form.fields.map(field), wrong, element("div", { className: "row" }, ...buttons))
  const dialog = element("dialog", {}, inner)
  dialog.setAttribute("aria-labelledby", "title")
  const send = async (values) => {
    for (const button of buttons) button.disabled = true
    wrong.textContent = ""
    try {
      await answer(form, values)
    } catch (error) {
      wrong.textContent = error.message
      for (const button of buttons) button.disabled = false
    }
  }
  inner.addEventListener("submit", (event) => {
    event.preventDefault()
    const given = [...new FormData(inner)].map(([name, value]) => [name, value.trim()])
    send(Object.fromEntries(given.filter(([, value]) => value !== "")))
  })
  for (const button of deny) button.addEventListener("click", () => send(null))
  later.addEventListener("click", () => putOff(form))
  dialog.addEventListener("cancel", () => putOff(form))
  root.append(dialog)
  dialog.showModal()
}

/** The person wants to look first: a button brings the form back. */
function putOff(form) {
  const again = element("button", { type: "button", className: "main again", textContent: "Set up this session" })
  again.addEventListener("click", () => show(form))
  surface().append(again)
}

async function answer(form, values) {
  const body = JSON.stringify({ ask: form.ask, digest: form.digest, values })
  const response = await fetch("/__gw/form", { method: "POST", headers: { "content-type": "application/json" }, body }).catch(() => undefined)
  if (!response) throw new Error("Can't reach the gateway. Try again.")
  if (!response.ok) throw new Error((await response.json().catch(() => ({}))).detail ?? "Your answer wasn't saved. Try again.")
  if (values) sent = { session: session(), page: form.page }
  clear()
}

async function look() {
  const on = session()
  if (!on || document.visibilityState !== "visible") return
  const response = await fetch(`/__gw/form?session=${on}`).catch(() => undefined)
  if (!response?.ok || session() !== on) return
  const { form, page } = await response.json()
  if (form && form.ask !== asked) show({ ...form, page })
  if (!form && asked) clear()
  // OpenCode's page follows one directory only.
  if (sent?.session === on && page && page !== sent.page) location.assign(page)
}

export function watch() {
  setInterval(look, LOOK_MS)
  document.addEventListener("visibilitychange", look)
  look()
}
