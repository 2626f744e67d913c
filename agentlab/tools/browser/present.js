// What a selector could have named: ids, classes and texts that are there.
() => {
  const ids = new Set(), classes = new Set(), texts = new Set();
  const tidy = (text) => (text || "").trim().replace(/\s+/g, " ");
  const visit = (scope) => {
    for (const node of scope.querySelectorAll("*")) {
      if (ids.size < 300 && node.id) ids.add(`#${CSS.escape(node.id)}`);
      for (const name of node.classList) if (classes.size < 300) classes.add(`.${CSS.escape(name)}`);
      if (node.matches("a, button, summary, label, h1, h2, h3, h4, legend, caption, th, [role=button], [role=tab], input[type=submit]")) {
        const text = tidy(node.innerText || node.value);
        if (text && text.length <= 80 && texts.size < 300) texts.add(text);
      }
      if (node.shadowRoot) visit(node.shadowRoot);
    }
  };
  visit(document);
  return { ids: [...ids], classes: [...classes], texts: [...texts] };
}
