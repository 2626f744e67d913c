// A live run: server-sent events become rows. The server repeats nothing after a reconnection (Last-Event-ID).

const PATIENCE_MS = 4000

const when = text => Date.parse(text.endsWith("Z") ? text : text + "Z")

const GROUPS = ["run", "step", "agent"]

// One event as a row; the same rule as agentlab/insight/waterfall.py, which makes the stored rows.
const rowOf = (event, zero) => ({
  id: event.span_id,
  parent: event.parent_span_id,
  name: event.kind === "run" ? "Run" : event.name || event.kind,
  kind: GROUPS.includes(event.kind) ? "group" : kindOf(event),
  start_ms: when(event.started_at) - zero,
  duration_ms: event.duration_ms,
  status: event.status,
  cost_usd: event.cost_usd,
  credits: event.credits == null ? null : event.credits / 1e6,
  error: event.error_type ?? "",
  message: event.error_message ?? "",
  step: event.step,
  attempt: event.attempt,
  model: event.model,
  tokens: [event.input_tokens, event.output_tokens],
  attributes: event.attributes ?? {},
})

const ALIASES = { plan: "llm", eval: "llm", agent: "skill" }
const kindOf = event => {
  const named = event.tool_category ?? ALIASES[event.kind] ?? event.kind
  return KINDS.includes(named) ? named : "other"
}

const inTreeOrder = rows => {
  const known = new Set(rows.map(row => row.id)), below = new Map(), ordered = []
  const sorted = [...rows].sort((a, b) => a.start_ms - b.start_ms || (a.id < b.id ? -1 : 1))
  for (const row of sorted) {
    const parent = known.has(row.parent) ? row.parent : null
    if (!below.has(parent)) below.set(parent, [])
    below.get(parent).push(row)
  }
  const walk = (parent, depth) => {
    for (const row of below.get(parent) ?? []) {
      ordered.push({ ...row, parent, depth })
      walk(row.id, depth + 1)
    }
  }
  walk(null, 0)
  return ordered
}

// A run that rested is told anew when it comes back: it lasts since it first began.
const since = (before, event) => {
  const rested = before ? Math.max(0, when(event.started_at) - when(before.started_at)) : 0
  return rested === 0 ? event : { ...event, started_at: before.started_at,
    duration_ms: event.duration_ms == null ? null : event.duration_ms + rested }
}

const RESTS = { waiting: "The run waits for an answer.", paused: "The run is paused." }

class LiveRun {
  constructor(runId, url, plan, changed) {
    this.runId = runId
    this.spans = new Map()
    this.plan = plan ?? []
    this.skew = Infinity
    this.changed = changed
    this.done = false
    this.text = ""
    this.opened = Date.now()
    this.source = new EventSource(url)
    this.source.onmessage = message => this.#take(JSON.parse(message.data))
    this.source.onerror = () => this.changed()
  }

  close() {
    this.source.close()
  }

  get lost() {
    return !this.done && this.source.readyState === EventSource.CLOSED
  }

  get waiting() {
    return this.spans.size === 0 && Date.now() - this.opened > PATIENCE_MS
  }

  // Milliseconds since the run began, by the server's clock as far as events have shown it.
  get now() {
    return this.zero == null ? 0 : Math.max(0, Date.now() - this.skew - this.zero)
  }

  // Steps of the plan that have not begun stand below what has, so that one sees what is to come.
  rows() {
    const rows = inTreeOrder([...this.spans.values()].map(event => rowOf(event, this.zero)))
    const begun = new Set(this.#steps().map(event => event.step)), top = rows[0]
    if (!top || this.done) return rows
    const waiting = this.plan.filter(step => !begun.has(step.id)).map(step => ({
      id: `pending-${step.id}`, parent: top.id, depth: 1, name: step.description || step.id, kind: "group",
      start_ms: 0, duration_ms: null, status: "pending", step: step.id, attributes: step.args ? { Arguments: step.args } : {},
    }))
    return [...rows, ...waiting]
  }

  // A sentence for people who listen: it changes with the steps, not with the clock.
  sentence() {
    const steps = this.#steps()
    const running = steps.filter(event => event.status === "running").map(event => event.name)
    const total = Math.max(this.plan.length, steps.length)
    const ended = steps.filter(event => event.status !== "running").length
    if (this.lost) return "The live view was closed by the server. Reload the page to see the run."
    if (this.done) return RESTS[this.status] ?? "The run has ended."
    if (this.waiting) return "Waiting for a worker. If this takes long, start one: agentlab worker"
    if (this.spans.size === 0) return "In the queue"
    if (running.length) return `Step ${Math.min(ended + 1, total)} of ${total}: ${running.join(", ")}`
    return total && ended === total ? "Writing the answer" : total ? `${ended} of ${total} steps done` : "Making the plan"
  }

  // Those of the run itself: the runs that it has begun bring their own.
  #steps() {
    return [...this.spans.values()].filter(event => event.kind === "step" && event.run_id === this.runId)
  }

  #take(event) {
    if (event.phase === "done") {
      this.done = true
      this.status = event.status
      this.close()
    } else if (event.phase === "text") {
      if (event.run_id === this.runId) this.text = event.restart ? "" : this.text + event.text
    } else {
      const began = when(event.started_at)
      this.zero = Math.min(this.zero ?? began, began)
      this.skew = Math.min(this.skew, Date.now() - began - (event.duration_ms ?? 0))
      const before = this.spans.get(event.span_id)
      if (!before || event.phase === "end" || before.status === "waiting") this.spans.set(event.span_id, since(before, event))
      const steps = event.attributes?.["agentlab.plan"]?.steps
      if (event.kind === "plan" && event.run_id === this.runId && event.status === "ok" && Array.isArray(steps)) this.plan = steps
    }
    this.changed()
  }
}
