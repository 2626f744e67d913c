// What a description may mean: each visible thing with its kind, its names, its text and the heading above it.
(root) => {
  const MOST = 3000;
  const items = [], elements = [];
  let heading = "";
  const tidy = (text, most) => (text || "").trim().replace(/\s+/g, " ").slice(0, most);
  const byTag = { TABLE: "table", UL: "list", OL: "list", DL: "list", A: "link", BUTTON: "button", SUMMARY: "button", SELECT: "field",
    TEXTAREA: "field", IMG: "image", PICTURE: "image", FIGURE: "image", FORM: "form", P: "paragraph", BLOCKQUOTE: "paragraph",
    PRE: "code", CODE: "code", NAV: "menu", SECTION: "section", ARTICLE: "article", MAIN: "section", ASIDE: "section",
    HEADER: "section", FOOTER: "section", DIALOG: "dialog", LI: "item", LABEL: "label", FIELDSET: "section", TIME: "value" };
  const byRole = { table: "table", grid: "table", list: "list", heading: "heading", link: "link", button: "button",
    checkbox: "checkbox", switch: "checkbox", radio: "radio", textbox: "field", searchbox: "field", combobox: "field", img: "image",
    form: "form", navigation: "menu", menu: "menu", tab: "tab", menuitem: "button", option: "option", article: "article",
    dialog: "dialog", alertdialog: "dialog", alert: "dialog", status: "dialog", region: "section", listitem: "item" };
  const kindOf = (node) => {
    const role = byRole[node.getAttribute("role")];
    if (role) return role;
    if (/^H[1-6]$/.test(node.tagName)) return "heading";
    if (node.tagName === "INPUT") {
      return { checkbox: "checkbox", radio: "radio", submit: "button", button: "button", reset: "button", image: "button", hidden: "" }[node.type] ?? "field";
    }
    if (node.tagName === "A" && !node.hasAttribute("href")) return node.onclick ? "button" : "";
    if (byTag[node.tagName]) return byTag[node.tagName];
    if (node.onclick || node.hasAttribute("onclick") || node.getAttribute("tabindex") === "0") return "button";
    const named = node.id || node.getAttribute("data-testid") || node.getAttribute("itemprop") || node.getAttribute("aria-label") || node.className;
    return named && typeof named === "string" ? "value" : "";
  };
  const nameOf = (node, scope) => {
    const names = [node.getAttribute("aria-label"), node.getAttribute("alt"), node.getAttribute("title"), node.getAttribute("placeholder")];
    for (const id of (node.getAttribute("aria-labelledby") || "").split(/\s+/)) {
      const label = id && scope.getElementById && scope.getElementById(id);
      if (label) names.push(label.textContent);
    }
    if (node.labels) for (const label of node.labels) names.push(label.textContent);
    if (node.caption) names.push(node.caption.textContent);
    const told = node.querySelector && ["FIGURE", "FIELDSET"].includes(node.tagName) && node.querySelector("figcaption, legend");
    if (told) names.push(told.textContent);
    if (node.tagName === "INPUT" && ["submit", "button", "reset"].includes(node.type)) names.push(node.value);
    return tidy(names.filter(Boolean).join(" "), 300);
  };
  const path = (node) => {
    if (node.id && node.getRootNode().querySelectorAll(`#${CSS.escape(node.id)}`).length === 1) return `#${CSS.escape(node.id)}`;
    const steps = [];
    for (let at = node; at && at.nodeType === 1 && steps.length < 6; at = at.parentElement) {
      if (at !== node && at.id) { steps.unshift(`#${CSS.escape(at.id)}`); break; }
      const same = at.parentElement ? [...at.parentElement.children].filter((each) => each.tagName === at.tagName) : [];
      steps.unshift(at.tagName.toLowerCase() + (same.length > 1 ? `:nth-of-type(${same.indexOf(at) + 1})` : ""));
    }
    return steps.join(" > ");
  };
  const visit = (node, parent, scope) => {
    if (items.length >= MOST || node.nodeType !== 1) return;
    if (["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE", "HEAD"].includes(node.tagName)) return;
    const style = getComputedStyle(node);
    if (style.display === "none") return;
    const kind = kindOf(node);
    const box = node.getBoundingClientRect();
    let mine = parent;
    if (kind && style.visibility === "visible" && (box.width > 0 || box.height > 0)) {
      const text = tidy(node.innerText, 400);
      mine = items.length;
      items.push({
        kind, parent, heading, text, size: (node.innerText || "").length, name: nameOf(node, scope), selector: path(node),
        level: kind === "heading" ? Number(node.tagName[1]) || Number(node.getAttribute("aria-level")) || 2 : 0,
        href: node.tagName === "A" ? String(node.href) : "",
        marks: tidy([node.id, typeof node.className === "string" ? node.className : "", node.getAttribute("name"),
          node.getAttribute("data-testid"), node.getAttribute("itemprop"), node.getAttribute("rel")].filter(Boolean).join(" "), 200),
        head: node.tagName === "TABLE" && node.rows[0] ? tidy(node.rows[0].innerText, 300) : "",
      });
      elements.push(node);
      if (kind === "heading") heading = text;
    }
    const given = node.tagName === "SLOT" ? node.assignedElements() : [];
    const inner = node.shadowRoot ? node.shadowRoot.children : given.length ? given : node.children;
    for (const child of inner) visit(child, mine, node.shadowRoot || scope);
  };
  try { visit(document.body || document.documentElement, -1, document); } catch (error) { if (!(error instanceof RangeError)) throw error; }
  return { items, elements };
}
