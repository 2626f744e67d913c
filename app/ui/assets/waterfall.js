// The waterfall: rows of a trace as a tree beside a lane of time. The same code draws stored and live traces.

// Up to so many lines are drawn whole; of more only those in view, and a few beside them.
const DRAWN_WHOLE = 600
const LINE_PX = 31
const BESIDE = 12
const STATES = { ok: "done", error: "failed", crashed: "crashed", cancelled: "cancelled", running: "running", pending: "waiting" }
const colourOf = kind => `var(--kind-${KINDS.includes(kind) ? kind : "other"})`
const isOpen = row => row.status === "running"
const failed = row => row.status === "error" || row.status === "crashed"

// Steps that divide time into readable parts: 1, 2, 5, 10, ... at most `most` of them.
// From a minute on they are steps of clocks.
const CLOCK = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 604800].map(seconds => seconds * 1000)
const tickStep = (total, most) => {
  const clock = total > 60000 && CLOCK.find(step => step * most >= total)
  if (clock) return clock
  const rough = total / most, base = 10 ** Math.floor(Math.log10(rough))
  return base * [1, 2, 5, 10].find(factor => base * factor >= rough)
}

class Waterfall {
  constructor(root, onSelect) {
    this.summary = el("div", "summary")
    this.axis = el("div", "axis")
    this.tree = el("div", "tree")
    this.tree.setAttribute("role", "tree")
    this.tree.setAttribute("aria-label", "Trace")
    this.tree.tabIndex = 0
    this.tree.onkeydown = event => this.#key(event)
    this.tree.onscroll = () => { if (this.tall) this.#draw() }
    this.axis.setAttribute("aria-hidden", "true")
    add(root, this.summary, this.axis, this.tree)
    this.rows = []
    this.lines = new Map()
    this.folded = new Set()
    this.selected = null
    this.onSelect = onSelect
  }

  // Rows come in the order of the tree. `total` is the length of the lane in milliseconds.
  show(rows, total, now = total) {
    this.rows = rows
    this.byId = new Map(rows.map(row => [row.id, row]))
    this.parents = new Set(rows.map(row => row.parent))
    this.hasCost = rows.some(row => row.cost_usd)
    this.dearest = rows.reduce((most, row) => Math.max(most, row.kind === "group" ? 0 : row.credits ?? 0), 1e-9)
    this.total = total
    this.now = now
    this.#choose()
    this.#draw()
    this.place(total, now)
    if (!this.byId.has(this.selected)) this.selected = null
    this.select(this.selected ?? this.#telling(), { quiet: true })
  }

  // Only moves bars: called many times a second while a run is live.
  place(total, now) {
    this.total = total
    this.now = now
    const step = tickStep(total, this.tree.clientWidth < 420 ? 2 : this.tree.clientWidth < 700 ? 3 : 6)
    this.tree.style.setProperty("--grid", `${(100 * step) / total}%`)
    this.#ticks(step)
    this.#bars()
    this.#summarise(now)
  }

  #bars() {
    for (const [id, line] of this.lines) {
      const row = this.byId.get(id)
      if (row.status === "pending") continue
      const length = row.duration_ms ?? Math.max(0, this.now - row.start_ms)
      line.bar.style.left = `${(100 * row.start_ms) / this.total}%`
      line.bar.style.width = `${(100 * length) / this.total}%`
      if (row.duration_ms == null) line.time.textContent = duration(length)
    }
  }

  select(id, { quiet = false } = {}) {
    const row = this.byId?.get(id)
    if (!row) return
    this.lines.get(this.selected)?.line.setAttribute("aria-selected", "false")
    this.selected = id
    if (this.tall && !quiet) this.#reach(id)
    const line = this.lines.get(id)?.line
    if (line) {
      line.setAttribute("aria-selected", "true")
      this.tree.setAttribute("aria-activedescendant", line.id)
      if (!quiet && !this.tall) line.scrollIntoView({ block: "nearest" })
    }
    this.onSelect(row)
  }

  // What is worth a look first: the deepest failure, else the whole.
  #telling() {
    const failures = this.rows.filter(row => failed(row) && !this.parents.has(row.id))
    return (failures.at(-1) ?? this.rows[0])?.id
  }

  // Rows that no fold hides: a row is hidden where its parent is, or is folded, and parents come first.
  #choose() {
    const hidden = new Set()
    this.shown = this.rows.filter(row => {
      if (row.parent == null || !(hidden.has(row.parent) || this.folded.has(row.parent))) return true
      hidden.add(row.id)
      return false
    })
    this.at = new Map(this.shown.map((row, place) => [row.id, place]))
    this.tall = this.shown.length > DRAWN_WHOLE
    this.drawn = null
    for (const part of [this.tree, this.axis]) {
      part.classList.toggle("costly", this.hasCost)
      part.classList.toggle("tall", this.tall)
      part.classList.toggle("long", this.total >= 60000)
    }
  }

  // The lines in view. Empty blocks above and below keep the length of the whole.
  #draw() {
    const view = Math.ceil(Math.max(this.tree.clientHeight, innerHeight) / LINE_PX), first = Math.floor(this.tree.scrollTop / LINE_PX)
    const from = this.tall ? Math.max(0, first - BESIDE) : 0
    const to = this.tall ? Math.min(this.shown.length, first + view + BESIDE) : this.shown.length
    if (this.drawn?.from === from && this.drawn?.to === to) return
    this.drawn = { from, to }
    this.lines = new Map()
    const lines = this.shown.slice(from, to).map(row => this.#line(row))
    this.tree.replaceChildren(...(this.tall ? [this.#gap(from), ...lines, this.#gap(this.shown.length - to)] : lines))
    this.lines.get(this.selected)?.line.setAttribute("aria-selected", "true")
    if (this.tall) this.#bars()
  }

  #gap(lines) {
    const gap = el("div", "gap")
    gap.style.height = `${lines * LINE_PX}px`
    return gap
  }

  // Scroll as far as it takes to have the line in view.
  #reach(id) {
    const place = this.at.get(id)
    if (place == null) return
    const top = place * LINE_PX, bottom = top + LINE_PX, room = this.tree.clientHeight
    if (top < this.tree.scrollTop) this.tree.scrollTop = top
    else if (bottom > this.tree.scrollTop + room) this.tree.scrollTop = bottom - room
    this.#draw()
  }

  #line(row) {
    const group = row.kind === "group", folds = this.parents.has(row.id)
    const line = el("div", `row ${row.status}${group ? " group" : ""}`)
    line.id = `span-${row.id}`
    line.setAttribute("role", "treeitem")
    line.setAttribute("aria-level", row.depth + 1)
    if (this.tall) line.dataset.place = this.at.get(row.id)
    line.setAttribute("aria-selected", "false")
    if (folds) line.setAttribute("aria-expanded", String(!this.folded.has(row.id)))
    line.setAttribute("aria-label", this.#spoken(row))
    line.onclick = () => this.select(row.id)
    const bar = el("div", `bar${group ? " group" : ""}${failed(row) ? " failed" : ""}${isOpen(row) ? " open" : ""}`)
    if (!group) bar.style.setProperty("--colour", colourOf(row.kind))
    const time = el("div", "number", row.status === "pending" ? "" : duration(row.duration_ms))
    add(line, this.#name(row, folds), add(el("div", "lane"), row.status === "pending" ? null : bar), time)
    add(line, this.#share(row), el("div", "number cost", row.cost_usd ? dollars(row.cost_usd) : UNKNOWN))
    this.lines.set(row.id, { line, bar, time })
    return line
  }

  #name(row, folds) {
    const name = el("div", "name")
    name.style.setProperty("--depth", row.depth)
    name.title = row.name
    const fold = el("span", "fold", folds ? (this.folded.has(row.id) ? "\u25B8" : "\u25BE") : "")
    if (folds) fold.onclick = event => { event.stopPropagation(); this.#fold(row.id) }
    const mark = row.kind === "group" ? stateIcon(row.status) : el("span", "dot")
    if (row.kind !== "group") mark.style.background = colourOf(row.kind)
    add(name, el("span", "guides"), fold, mark, el("b", "", row.name))
    if (row.attempt > 1) add(name, el("span", "tag quiet", `attempt ${row.attempt}`))
    if (failed(row) && row.parent) add(name, el("span", "tag", row.error || row.status))
    return name
  }

  #share(row) {
    const cell = el("div", "number credits", row.credits == null ? UNKNOWN : credits(row.credits))
    if (row.credits && row.kind !== "group") {
      const weight = Math.round(5 + (26 * row.credits) / this.dearest)
      cell.style.background = `color-mix(in srgb, var(--st-orange-color) ${weight}%, transparent)`
    }
    return cell
  }

  #spoken(row) {
    const facts = [row.name, row.kind === "group" ? "step" : row.kind, STATES[row.status] ?? row.status]
    if (row.duration_ms != null) facts.push(duration(row.duration_ms))
    if (row.error) facts.push(row.error)
    return facts.join(", ")
  }

  #ticks(step) {
    const lane = el("div", "ticks")
    for (let at = 0; at <= this.total * 1.0001; at += step) {
      const tick = el("span", "", at === 0 ? "0" : duration(at).replace(/\.0+ (m?s)$/, " $1").replace(/ 00 (s|min)$/, ""))
      tick.style.left = `${(100 * at) / this.total}%`
      if (at > this.total * (at < 60000 ? 0.93 : 0.86)) tick.className = "last"
      lane.append(tick)
    }
    this.axis.replaceChildren(el("div", "", "Step"), lane, el("div", "number", "Time"),
      el("div", "number credits", "Credits"), el("div", "number cost", "Cost"))
  }

  // Time of a kind is the time of its rows less that of the rows inside them.
  #summarise(now) {
    const lasted = row => row.duration_ms ?? Math.max(0, now - row.start_ms)
    const inner = new Map(), kinds = new Map()
    for (const row of this.rows) if (row.parent != null) inner.set(row.parent, (inner.get(row.parent) ?? 0) + lasted(row))
    for (const row of this.rows) {
      if (row.kind === "group" || row.status === "pending") continue
      const sum = kinds.get(row.kind) ?? { ms: 0, count: 0 }
      sum.ms += Math.max(0, lasted(row) - (inner.get(row.id) ?? 0))
      sum.count += 1
      kinds.set(row.kind, sum)
    }
    const bar = el("div", "stack"), legend = el("div", "legend")
    bar.setAttribute("aria-hidden", "true")
    for (const [kind, sum] of [...kinds].sort((a, b) => b[1].ms - a[1].ms)) {
      const part = el("i"), entry = el("span"), dot = el("span", "dot")
      part.style.cssText = `flex-grow:${Math.max(sum.ms, 1)};background:${colourOf(kind)}`
      dot.style.background = colourOf(kind)
      bar.append(part)
      legend.append(add(entry, dot, el("b", "", kind), el("span", "", `${duration(sum.ms)} \u00B7 ${sum.count.toLocaleString("en")}`)))
    }
    this.summary.hidden = kinds.size === 0
    this.summary.replaceChildren(bar, legend)
  }

  #fold(id) {
    this.folded.has(id) ? this.folded.delete(id) : this.folded.add(id)
    this.show(this.rows, this.total)
  }

  #key(event) {
    const { shown } = this
    const here = this.at.get(this.selected) ?? 0
    const row = shown[here], to = { ArrowDown: here + 1, j: here + 1, ArrowUp: here - 1, k: here - 1, Home: 0, End: shown.length - 1 }
    const page = Math.max(1, Math.floor(this.tree.clientHeight / LINE_PX) - 1)
    if (this.tall) Object.assign(to, { PageDown: here + page, PageUp: here - page })
    if (event.metaKey || event.ctrlKey || event.altKey || !row) return
    if (event.key in to) this.select(shown[Math.min(Math.max(to[event.key], 0), shown.length - 1)].id)
    else if (event.key === "ArrowLeft") {
      if (this.parents.has(row.id) && !this.folded.has(row.id)) this.#fold(row.id)
      else if (row.parent) this.select(row.parent)
    } else if (event.key === "ArrowRight") {
      if (this.folded.has(row.id)) this.#fold(row.id)
      else if (this.parents.has(row.id)) this.select(shown[here + 1].id)
    } else return
    event.preventDefault()
  }
}
