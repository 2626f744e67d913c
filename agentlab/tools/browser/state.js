// What the page shows, in lines and controls, to tell later what is new.
() => {
  const tidy = (text) => (text || "").trim().replace(/\s+/g, " ");
  const lines = [], controls = [];
  const visit = (scope) => {
    for (const node of scope.querySelectorAll("a[href], button, input, select, textarea, summary, dialog[open], img, [role]")) {
      if (controls.length >= 2000) break;
      if (!node.checkVisibility({ visibilityProperty: true })) continue;
      const state = "checked" in node && ["checkbox", "radio"].includes(node.type) ? ` ${node.checked ? "checked" : "not checked"}`
        : node.hasAttribute("aria-expanded") ? ` expanded ${node.getAttribute("aria-expanded")}` : "";
      const name = tidy(node.innerText || node.getAttribute("aria-label") || node.alt || node.placeholder || node.name || node.id).slice(0, 100);
      controls.push(`${node.getAttribute("role") || node.tagName.toLowerCase()} ${name}${state}`.trim());
    }
    for (const node of scope.querySelectorAll("*")) {
      if (node.shadowRoot) { lines.push(...text(node.shadowRoot)); visit(node.shadowRoot); }
    }
  };
  const text = (root) => {
    const said = root.innerText === undefined ? [...root.children].map((child) => child.innerText || "").join("\n") : root.innerText;
    return said.split("\n").map(tidy).filter(Boolean).slice(0, 5000);
  };
  if (document.body) { lines.push(...text(document.body)); visit(document); }
  return { lines: lines.slice(0, 6000), controls };
}
