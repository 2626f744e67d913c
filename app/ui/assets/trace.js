// The component: a stored trace from `data.rows`, or a live one from `data.events` until its run is done.

const TICK_MS = 100
const FRAME_MS = 16
const AGAIN_MS = 2000 // a word to the server that comes while the page is being drawn may be lost: it is said again
const instances = new WeakMap()

// A lane that grows in readable jumps instead of shrinking its bars ten times a second.
const roomFor = ms => [1, 2, 3, 5, 8, 12, 20, 30, 45, 60].map(s => s * 1000).find(room => room > ms * 1.02)
  ?? Math.ceil(ms / 30000 + 0.2) * 30000

const build = root => {
  const status = el("div", "live"), board = el("div", "board"), panel = el("aside", "detail"), fall = el("div", "fall")
  const sentence = el("span", "sentence"), clock = el("span", "clock")
  panel.setAttribute("aria-label", "Selected span")
  sentence.setAttribute("role", "status")
  sentence.setAttribute("aria-live", "polite")
  clock.setAttribute("aria-hidden", "true")
  add(status, stateIcon("running"), sentence, clock)
  const answer = el("div", "written")
  answer.hidden = true
  root.replaceChildren(status, answer, add(board, fall, panel))
  const shown = new Panel(panel), it = { status, sentence, clock, answer, live: null, timer: 0, soon: null }
  it.waterfall = new Waterfall(fall, row => shown.show(row, it.runId))
  return it
}

const stop = it => {
  it.live?.close()
  it.live = null
  clearInterval(it.timer)
  clearTimeout(it.soon)
  it.soon = null
}

const showStored = (it, rows) => {
  stop(it)
  it.status.hidden = true
  it.answer.hidden = true
  it.waterfall.show(rows, rows.reduce((end, row) => Math.max(end, row.start_ms + (row.duration_ms ?? 0)), 1))
}

// A large trace comes as a table; its columns become the fields of rows here.
const fetchStored = async (it, data, root) => {
  if (it.table === data.table) return
  stop(it)
  it.table = data.table
  it.status.hidden = false
  it.sentence.textContent = `Loading ${data.spans.toLocaleString("en")} spans`
  const answer = await fetch(data.table)
  if (!answer.ok) {
    it.table = null
    it.sentence.textContent = "The trace could not be read. Reload the page, or run: agentlab doctor"
    return
  }
  const { columns, rows } = await answer.json()
  showStored(it, rows.map(cells => {
    const row = {}
    for (let at = 0; at < columns.length; at++) row[columns[at]] = cells[at]
    return row
  }))
  root.dataset.ready = "stored"
}

const redraw = (it, finished) => {
  const { live } = it, sentence = live.sentence(), rows = live.rows()
  if (it.sentence.textContent !== sentence) it.sentence.textContent = sentence
  if (rows.length) it.waterfall.show(rows, roomFor(live.now), live.now)
  it.answer.hidden = !live.text
  if (it.answer.textContent !== live.text) it.answer.textContent = live.text
  if (!live.done) return
  clearInterval(it.timer)
  finished()
  it.timer = setInterval(finished, AGAIN_MS)
}

const tick = it => {
  const { live } = it, sentence = live.sentence()
  if (it.sentence.textContent !== sentence) it.sentence.textContent = sentence
  if (!live.spans.size || live.done) return
  it.clock.textContent = duration(Math.round(live.now / TICK_MS) * TICK_MS)
  it.waterfall.place(roomFor(live.now), live.now)
}

// Events come in bursts; what comes within one frame is drawn once.
const showLive = (it, data, finished) => {
  stop(it)
  it.url = data.events
  it.status.hidden = false
  it.live = new LiveRun(data.run_id, data.events, data.plan, () => {
    it.soon ??= setTimeout(() => { it.soon = null; redraw(it, finished) }, FRAME_MS)
  })
  it.timer = setInterval(() => tick(it), TICK_MS)
  tick(it)
}

export default function (component) {
  const { parentElement, data, setTriggerValue } = component
  const root = parentElement.querySelector(".trace")
  const it = instances.get(root) ?? build(root)
  instances.set(root, it)
  paint(root)
  it.runId = data.run_id
  if (data.table) fetchStored(it, data, root)
  else if (!data.events) showStored(it, data.rows)
  else if (it.live == null || it.live.done || it.url !== data.events) showLive(it, data, () => setTriggerValue("done", `${data.run_id} ${Date.now()}`))
  if (!data.table) root.dataset.ready = data.events ? "live" : "stored"
  return () => stop(it)
}
