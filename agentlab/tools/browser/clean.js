// The visible part of an element as plain HTML: shadow trees and slots laid out, scripts and styles left out.
(root, limit) => {
  const start = root || document.body || document.documentElement;
  const silent = new Set("SCRIPT STYLE NOSCRIPT TEMPLATE LINK META HEAD IFRAME FRAME OBJECT EMBED CANVAS svg VIDEO AUDIO".split(" "));
  const empty = new Set("BR HR IMG INPUT WBR COL AREA SOURCE TRACK".split(" "));
  const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
  const parts = [];
  let size = 0;
  const put = (text) => { parts.push(text); size += text.length; };
  const attributes = (node) => {
    let kept = "";
    if (node.tagName === "A" && node.href) kept += ` href="${escape(String(node.href))}"`;
    if (node.tagName === "IMG") {
      const source = String(node.currentSrc || node.src || "");
      if (source && !source.startsWith("data:")) kept += ` src="${escape(source)}"`;
      kept += ` alt="${escape(node.alt || "")}"`;
    }
    for (const name of ["colspan", "rowspan", "start"]) {
      const value = node.getAttribute(name);
      if (value) kept += ` ${name}="${escape(value)}"`;
    }
    return kept;
  };
  const visit = (node, hidden) => {
    if (size > limit) return;
    if (node.nodeType === 3) { if (!hidden) put(escape(node.data)); return; }
    if (node.nodeType !== 1 || silent.has(node.tagName)) return;
    const style = getComputedStyle(node);
    if (style.display === "none") return;
    hidden = style.visibility !== "visible";
    const tag = /^[A-Z][A-Z0-9]*$/.test(node.tagName) ? node.tagName.toLowerCase() : "div";
    put(`<${tag}${attributes(node)}>`);
    if (empty.has(node.tagName)) return;
    const given = node.tagName === "SLOT" ? node.assignedNodes() : [];
    for (const child of node.shadowRoot ? node.shadowRoot.childNodes : given.length ? given : node.childNodes) visit(child, hidden);
    put(`</${tag}>`);
  };
  try { visit(start, false); } catch (error) { if (!(error instanceof RangeError)) throw error; }
  const links = [];
  if (!root) {
    const seen = new Set();
    for (const link of document.querySelectorAll("a[href]")) {
      const text = (link.innerText || link.getAttribute("aria-label") || "").trim().replace(/\s+/g, " ").slice(0, 200);
      const url = String(link.href);
      if (links.length >= 50) break;
      if (!text || !/^https?:/.test(url) || link.getAttribute("href").startsWith("#") || seen.has(url + text)) continue;
      seen.add(url + text);
      links.push({ text, url });
    }
  }
  return { title: document.title, html: parts.join(""), cut: size > limit, links };
}
