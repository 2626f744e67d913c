// What a selected span says: facts, then its error, arguments, result and whatever else it carries, all as text.

const SECTIONS = [
  ["gen_ai.tool.call.arguments", "Arguments"],
  ["gen_ai.input.messages", "Prompt"],
  ["gen_ai.tool.call.result", "Result"],
  ["gen_ai.output.messages", "Answer"],
  ["agentlab.plan", "Plan"],
]

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

const section = (title, value) => {
  const text = readable(value), box = el("section"), pre = el("pre", "", text), copy = el("button", "copy", "Copy")
  pre.tabIndex = 0
  pre.setAttribute("aria-label", title)
  copy.type = "button"
  copy.onclick = async () => {
    await navigator.clipboard?.writeText(text)
    copy.textContent = "Copied"
    setTimeout(() => { copy.textContent = "Copy" }, 1200)
  }
  return add(box, add(el("header"), el("h4", "", title), copy), pre)
}

const facts = row => {
  const list = el("dl")
  const fact = (name, value) => { if (value != null && value !== UNKNOWN) add(list, el("dt", "", name), el("dd", "", value)) }
  const [input, output] = row.tokens ?? []
  fact("State", STATES[row.status] ?? row.status)
  if (row.status !== "pending") fact("Start", duration(row.start_ms))
  fact("Duration", duration(row.duration_ms))
  fact("Credits", credits(row.credits))
  if (row.cost_usd) fact("Cost", dollars(row.cost_usd))
  fact("Model", row.model)
  if (input != null || output != null) fact("Tokens", `${input ?? UNKNOWN} in, ${output ?? UNKNOWN} out`)
  if (row.attempt) fact("Attempt", row.attempt)
  fact("Step", row.step)
  return list
}

const detail = (root, row) => {
  const head = el("div", "title"), rest = {}
  const mark = row.kind === "group" ? stateIcon(row.status) : el("span", "dot")
  if (row.kind !== "group") mark.style.background = colourOf(row.kind)
  add(head, mark, el("h3", "", row.name))
  const parts = [head, facts(row)]
  if (row.message || row.error) {
    parts.push(add(el("div", "failure"), el("b", "", row.error || row.status), el("p", "", row.message)))
  }
  const given = row.attributes ?? {}
  for (const [name, title] of SECTIONS) if (given[name] != null && given[name] !== "") parts.push(section(title, given[name]))
  for (const [name, value] of Object.entries(given)) if (!KNOWN.has(name) && value != null && value !== "") rest[name] = value
  if (Object.keys(rest).length) parts.push(section("Attributes", rest))
  root.replaceChildren(...parts)
}
