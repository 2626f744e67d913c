// What every component shares: making elements from text (never from markup), and numbers as people read them.

const el = (tag, kind, text) => {
  const node = document.createElement(tag)
  if (kind) node.className = kind
  if (text != null) node.textContent = text
  return node
}

const add = (parent, ...children) => {
  parent.append(...children.filter(child => child != null))
  return parent
}

const UNKNOWN = "\u2014"

const duration = ms => {
  if (ms == null) return UNKNOWN
  if (ms < 999.5) return ms >= 9.95 || ms === 0 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`
  const seconds = ms / 1000
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`
  const whole = Math.round(seconds), minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`
}

const credits = amount => {
  if (amount == null) return UNKNOWN
  if (amount === 0) return "0"
  if (amount < 0.001) return "<0.001"
  return amount < 100 ? String(Number(amount.toFixed(3))) : Math.round(amount).toLocaleString("en")
}

const dollars = amount => {
  if (amount == null) return UNKNOWN
  if (amount === 0) return "$0"
  if (amount < 0.0001) return "<$0.0001"
  return "$" + (amount < 1 ? amount.toFixed(4) : amount.toFixed(2))
}

// States are shapes first and colours second, so that they can be told apart without either.
const SHAPES = {
  ok: "M3.5 8.5l3 3 6-7",
  error: "M4.5 4.5l7 7m0-7l-7 7",
  crashed: "M4.5 4.5l7 7m0-7l-7 7",
  cancelled: "M4 8h8",
  running: "M8 2.5a5.5 5.5 0 1 1-5.5 5.5",
  pending: "M8 3.5a4.5 4.5 0 1 0 .01 0z",
  paused: "M5.5 4v8m5-8v8",
}
const stateIcon = status => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("viewBox", "0 0 16 16")
  svg.setAttribute("aria-hidden", "true")
  svg.setAttribute("class", `state ${status}`)
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path")
  path.setAttribute("d", SHAPES[status] ?? SHAPES.pending)
  svg.append(path)
  return svg
}

const KINDS = ["llm", "browser", "http", "email", "drive", "ai", "skill", "other"]

// The palette of the theme in force, as one CSS variable per kind. Runs again when the theme changes.
const paint = root => {
  const host = root.getRootNode().host ?? root
  const colours = getComputedStyle(host).getPropertyValue("--st-chart-categorical-colors").split(",")
  KINDS.forEach((kind, at) => root.style.setProperty(`--kind-${kind}`, (colours[at] ?? "gray").trim()))
}
