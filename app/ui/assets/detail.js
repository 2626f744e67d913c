// What a selected span says: facts and its error at once, then its payloads as soon as they are fetched, all as text.

const SECTIONS = [
  ["gen_ai.tool.call.arguments", "Arguments", "input"],
  ["gen_ai.tool.call.result", "Result", "output"],
  ["agentlab.plan", "Plan", "output"],
]
const TITLES = { tool: ["Arguments", "Result"], llm: ["Prompt", "Answer"], plan: ["Input", "Plan"] }

// Said elsewhere on the page.
const KNOWN = new Set([...SECTIONS.map(([name]) => name), "agentlab.goal", "agentlab.answer", "agentlab.status", "agentlab.submitted_at"])

const readable = value => {
  if (typeof value !== "string") return JSON.stringify(value, null, 2)
  if (!/^\s*[[{]/.test(value)) return value
  try {
    return JSON.stringify(JSON.parse(value), null, 2)
  } catch {
    return value
  }
}

// A prompt as one reads it, role by role; an answer as its text, where it is no more than that.
const spoken = value => {
  const messages = Array.isArray(value) ? value : value?.messages
  if (Array.isArray(messages) && messages.length && messages.every(it => typeof it?.content === "string" && it.role)) {
    if (messages.length === 1 && messages[0].role === "assistant") return messages[0].content
    return messages.map(it => `${it.role}\n${it.content}`).join("\n\n")
  }
  if (typeof value?.text === "string" && value.output == null && value.text) return value.text
  return readable(value?.output ?? value)
}

const size = bytes => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`)

const section = (title, text, more) => {
  const box = el("section"), pre = el("pre", "", text), copy = el("button", "copy", "Copy")
  pre.tabIndex = 0
  pre.setAttribute("aria-label", title)
  copy.type = "button"
  copy.onclick = async () => {
    await navigator.clipboard?.writeText(text)
    copy.textContent = "Copied"
    setTimeout(() => { copy.textContent = "Copy" }, 1200)
  }
  return add(box, add(el("header"), el("h4", "", title), copy), pre, more)
}

const facts = (row, span) => {
  const list = el("dl")
  const fact = (name, value) => { if (value != null && value !== UNKNOWN) add(list, el("dt", "", name), el("dd", "", value)) }
  const [input, output] = row.tokens ?? [span.input_tokens, span.output_tokens]
  fact("State", STATES[row.status] ?? row.status)
  if (row.status !== "pending") fact("Start", duration(row.start_ms))
  fact("Duration", duration(row.duration_ms))
  fact("Credits", credits(row.credits))
  if (row.cost_usd) fact("Cost", dollars(row.cost_usd))
  fact("Model", row.model ?? span.model)
  if (span.response_model && span.response_model !== span.model) fact("Answered by", span.response_model)
  if (input != null || output != null) fact("Tokens", `${input ?? UNKNOWN} in, ${output ?? UNKNOWN} out`)
  if (row.attempt) fact("Attempt", row.attempt)
  fact("Step", row.step)
  return list
}

// `more` is what the server has told of the span: {span, payloads}; `whole` fetches its payloads uncut.
const detail = (root, row, more = {}, whole = null) => {
  const head = el("div", "title"), rest = {}, span = more.span ?? {}, payloads = more.payloads ?? {}
  const mark = row.kind === "group" ? stateIcon(row.status) : el("span", "dot")
  if (row.kind !== "group") mark.style.background = colourOf(row.kind)
  add(head, mark, el("h3", "", row.name))
  const parts = [head, facts(row, span)], message = row.message || span.error_message
  if (message || row.error) parts.push(add(el("div", "failure"), el("b", "", row.error || row.status), el("p", "", message)))
  const titles = TITLES[span.kind] ?? ["Input", "Output"], failed = Boolean(message || row.error)
  for (const [at, role] of ["input", "output"].entries()) {
    const kept = payloads[role]
    if (!kept || (role === "output" && failed && kept.content?.error)) continue
    parts.push(section(titles[at], kept.beginning == null ? spoken(kept.content) : `${kept.beginning} \u2026`, allOf(kept, whole)))
  }
  const given = span.attributes ?? row.attributes ?? {}
  for (const [name, title, role] of SECTIONS) {
    if (!payloads[role] && given[name] != null && given[name] !== "") parts.push(section(title, readable(given[name])))
  }
  for (const [name, value] of Object.entries(given)) if (!KNOWN.has(name) && value != null && value !== "") rest[name] = value
  if (Object.keys(rest).length) parts.push(section("Attributes", readable(rest)))
  root.replaceChildren(...parts)
}

const allOf = (kept, whole) => {
  if (kept.beginning == null || !whole) return null
  const button = el("button", "all", `Show all (${size(kept.bytes)})`)
  button.type = "button"
  button.onclick = whole
  return button
}

// The panel beside the waterfall: shows a row, and fetches what is kept of it apart. Only the newest selection counts.
class Panel {
  constructor(root) {
    this.root = root
    this.kept = new Map()
  }

  show(row, runId) {
    this.row = row
    const key = `${row.id} ${row.status}`, ended = row.status !== "pending" && row.status !== "running"
    detail(this.root, row, this.kept.get(key), () => this.#fetch(row, runId, key, 0))
    clearTimeout(this.soon)
    if (runId && ended && !this.kept.has(key)) this.soon = setTimeout(() => this.#fetch(row, runId, key), FETCH_AFTER_MS)
  }

  async #fetch(row, runId, key, limit) {
    const path = `/api/runs/${encodeURIComponent(runId)}/spans/${encodeURIComponent(row.id)}/payloads`
    try {
      const answer = await fetch(limit === 0 ? `${path}?limit=0` : path)
      if (!answer.ok) return
      this.kept.set(key, await answer.json())
    } catch {
      return // the facts stay; selecting the span again asks again
    }
    if (this.row?.id === row.id) detail(this.root, this.row, this.kept.get(key), () => this.#fetch(row, runId, key, 0))
  }
}

// Running through rows with the arrow keys asks for the last one only.
const FETCH_AFTER_MS = 60
