// A small page part from plain data: only these tags and attributes, all text as text, links only to this server.

const TAGS = new Set("div span p h1 h2 h3 h4 strong em code pre ul ol li table thead tbody tr th td a dl dt dd section".split(" "))
const ATTRIBUTES = new Set(["class", "role", "title", "aria-label", "aria-hidden", "tabindex", "scope"])

const safe = node => {
  if (typeof node === "string") return document.createTextNode(node)
  if (node.icon) return stateIcon(node.icon)
  const made = el(TAGS.has(node.tag) ? node.tag : "span")
  for (const [name, value] of Object.entries(node.attributes ?? {})) if (ATTRIBUTES.has(name)) made.setAttribute(name, value)
  if (node.tag === "a" && /^\/(?!\/)/.test(node.href ?? "")) made.href = node.href
  return add(made, ...(node.children ?? []).map(safe))
}

export default function (component) {
  const { parentElement, data, setTriggerValue } = component
  const root = parentElement.querySelector(".block")
  paint(root)
  root.replaceChildren(...data.nodes.map(safe))
  root.onclick = event => {
    const link = event.target.closest("a[href]")
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return
    event.preventDefault()
    setTriggerValue("opened", link.getAttribute("href"))
  }
  root.dataset.ready = "1"
}
