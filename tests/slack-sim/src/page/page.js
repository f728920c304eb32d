// The page: who you are, where you look, what is written there. It asks for a newer state and draws it.
import { blocks } from "./blocks.js"
import { fillIn, values } from "./fields.js"
import { el, know, mrkdwn, nameOf } from "./text.js"

const by = (id) => document.getElementById(id)
const HOME = "home"
let state = { channels: [], people: [] }
let shownModal = ""
const at = { user: sessionStorage.user ?? "ann", place: sessionStorage.place ?? "", thread: "" }

async function act(verb, body) {
  const headers = { "content-type": "application/json" }
  const sent = JSON.stringify({ verb, user: at.user, ...body })
  const response = await fetch("/_control", { method: "POST", headers, body: sent })
  const answer = await response.json()
  if (!response.ok) tell(answer.error)
  else if (answer.failure) tell(`Not taken: ${answer.failure}`)
  return answer
}

/** An open modal lies over everything else: what is wrong with it stands in it. */
function tell(text) {
  const note = el("p", { class: "wrong", role: "alert" }, text)
  const form = by("modal").open && by("modal").querySelector("footer")
  form ? form.before(note) : by("errors").append(note)
  setTimeout(() => note.remove(), 8000)
}

async function watch() {
  for (;;) {
    try {
      const after = state.user && state.asked === at.user ? `&after=${state.number}` : ""
      const asked = at.user
      const response = await fetch(`/_control/state?user=${encodeURIComponent(asked)}${after}`)
      const newer = await response.json()
      if (asked === at.user) {
        state = { ...newer, asked }
        draw()
      }
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
  }
}

/** Changing the person is seen at once, not when the waiting question is answered. */
async function again() {
  state = { ...(await (await fetch(`/_control/state?user=${encodeURIComponent(at.user)}`)).json()), asked: at.user }
  draw()
}

const channel = () => state.channels.find((one) => one.id === at.place)

function draw() {
  know(state.people, state.channels)
  if (!channel() && at.place !== HOME) at.place = state.channels.find((one) => !one.direct)?.id ?? HOME
  sessionStorage.user = at.user
  sessionStorage.place = at.place
  side()
  const place = channel()
  by("where").textContent = place ? title(place) : "App home"
  by("write").hidden = !place
  if (place) list(by("messages"), place.messages.filter((one) => !one.reply), place, true)
  else by("messages").replaceChildren(...home())
  thread(place)
  modal()
}

const title = (place) => (place.direct ? "Gateway (app)" : `${place.private ? "🔒" : "#"} ${place.name}`)

function side() {
  const people = state.people.filter((one) => !one.bot).map((one) => {
    const kind = one.guest ? " (guest)" : one.stranger ? " (other workspace)" : one.deactivated ? " (deactivated)" : ""
    return el("option", { value: one.name, selected: one.name === at.user }, one.name + kind)
  })
  if (document.activeElement !== by("who")) by("who").replaceChildren(...people)
  const places = [...state.channels.map((one) => [one.id, title(one) + (one.archived ? " (archived)" : "")]), [HOME, "App home"]]
  const item = ([id, text]) =>
    el("li", {}, el("button", { type: "button", class: id === at.place ? "here" : null, onclick: () => go(id) }, text))
  by("places").replaceChildren(...places.map(item))
  by("link").textContent = state.sockets ? `${state.sockets} socket${state.sockets > 1 ? "s" : ""} open` : "no socket open"
}

function go(place) {
  Object.assign(at, { place, thread: "" })
  document.body.classList.remove("open")
  draw()
  if (place === HOME) act("open_home", {})
}

/** Draws messages, and stays at the end if that is where one looked. */
function list(box, messages, place, withThreads) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80
  const kept = new Map([...box.children].map((node) => [node.dataset.key, node]))
  const nodes = messages.map((one) => {
    const key = `${at.user} ${JSON.stringify(one)}`
    const node = kept.get(key) ?? message(one, place, withThreads)
    node.dataset.key = key
    return node
  })
  box.replaceChildren(...nodes)
  if (atEnd) box.scrollTop = box.scrollHeight
}

function message(one, place, withThreads) {
  const spot = { channel: place.id, ts: one.ts, thread: one.thread_ts ?? one.ts }
  const click = (element, choice) => act("click", { spot, action: element.action_id, block: element.block, choice })
  const body = one.blocks?.length ? blocks(one.blocks, click) : el("div", { class: "words" }, mrkdwn(one.text))
  const marks = [
    one.bot_id && el("span", { class: "app" }, "APP"),
    el("time", {}, new Date(one.ts * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })),
    one.edited && el("small", {}, "(edited)"),
    one.writing && el("small", { class: "writing" }, "writing…"),
    one.ephemeral && el("p", { class: "only" }, "Only visible to you"),
  ]
  const below = [
    (one.attachments ?? []).map((part) => el("blockquote", {}, mrkdwn(part.text ?? part.fallback), blocks(part.blocks, click))),
    (one.files ?? []).map((file) => el("div", { class: "file" }, `📎 ${file.title} (${file.size} bytes)`)),
    one.reactions && el("div", { class: "reactions" }, one.reactions.map((r) => el("span", {}, `:${r.name}: ${r.count}`))),
    withThreads && !one.ephemeral && el("button", { type: "button", class: "replies", onclick: () => openThread(one.ts) },
      one.reply_count ? `${one.reply_count} ${one.reply_count === 1 ? "reply" : "replies"}` : "Reply in thread"),
  ]
  const author = el("b", {}, nameOf(one.user))
  return el("article", { class: one.ephemeral ? "ephemeral" : null, "data-ts": one.ts },
    el("span", { class: "face", "aria-hidden": "true" }, nameOf(one.user).slice(0, 1).toUpperCase()),
    el("div", { class: "body" }, el("div", { class: "head" }, author, marks), body, below))
}

function openThread(ts) {
  at.thread = ts
  draw()
}

function thread(place) {
  const messages = place?.messages.filter((one) => at.thread && (one.ts === at.thread || one.thread_ts === at.thread)) ?? []
  by("thread").hidden = !messages.length
  document.body.classList.toggle("threaded", messages.length > 0)
  const status = state.assistant?.find((one) => one.thread === at.thread && one.channel === place?.id)?.state.status
  list(by("replies"), messages, place, false)
  if (status) by("replies").append(el("p", { class: "writing" }, status))
}

function home() {
  const click = (element) => act("click_home", { name: element.action_id, block: element.block })
  return state.home ? blocks(state.home.blocks, click) : [el("p", {}, "The app has published nothing here.")]
}

/** A modal is drawn anew only when the app has changed it, so that what is typed stays. */
function modal() {
  const box = by("modal")
  const view = state.modal
  const key = view ? JSON.stringify([view.id, view.hash, view.errors]) : ""
  if (key === shownModal) return
  const typed = view && shownModal.includes(`"${view.id}"`) && box.firstChild ? values(box.firstChild) : {}
  shownModal = key
  if (!view) return box.close()
  // All that stands in the form goes along, as Slack's client does.
  const click = (element, choice) =>
    act("click_modal", { name: element.action_id, block: element.block, choice, fields: values(box.firstChild) })
  const submit = (event) => {
    event.preventDefault()
    act("submit", { fields: values(event.target) })
  }
  const close = el("button", { type: "button", onclick: () => act("close", {}) }, view.close?.text ?? "Cancel")
  const send = view.submit && el("button", { class: "primary" }, view.submit.text)
  box.replaceChildren(el("form", { onsubmit: submit },
    el("h2", {}, view.title.text), blocks(view.blocks, click, view.errors), el("footer", {}, close, send)))
  fillIn(box.firstChild, typed)
  if (!box.open) box.showModal()
}

async function send(input, to) {
  const text = input.value.trim()
  if (!text) return
  input.value = ""
  const [, command, rest] = /^(\/\S+)\s*([\s\S]*)$/.exec(text) ?? []
  if (command && !to) await act("command", { channel: at.place, command, text: rest })
  else await act("say", { channel: at.place, to, text })
}

function writes(form, input, to) {
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    send(input, to())
  })
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey) return
    event.preventDefault()
    form.requestSubmit()
  })
}

writes(by("write"), by("text"), () => null)
writes(by("answer"), by("reply"), () => ({ channel: at.place, ts: at.thread, thread: at.thread }))
by("who").addEventListener("change", (event) => {
  at.user = event.target.value
  event.target.blur()
  again()
})
by("leave").addEventListener("click", () => openThread(""))
by("menu").addEventListener("click", () => document.body.classList.toggle("open"))
by("modal").addEventListener("cancel", (event) => {
  event.preventDefault()
  act("close", {})
})
watch()
