// A table as a grid of texts: what spans several cells stands in each of them. Null where there is none.
(element) => {
  const isTable = (node) => node.tagName === "TABLE" || ["table", "grid", "treegrid"].includes(node.getAttribute("role"));
  const all = '[role="table"], [role="grid"], [role="treegrid"], table';
  const inside = (node) => {
    for (const each of node.querySelectorAll("*")) {
      if (each.matches(all)) return each;
      const found = each.shadowRoot && inside(each.shadowRoot);
      if (found) return found;
    }
    return null;
  };
  const table = isTable(element) ? element : (element.shadowRoot && inside(element.shadowRoot)) || inside(element) || element.closest(all);
  if (!table) return null;
  const MOST_ROWS = 5000, MOST_COLUMNS = 200;
  const own = (selector) => [...table.querySelectorAll(selector)].filter((node) => node.closest(all) === table);
  const rows = table.tagName === "TABLE" && table.rows.length ? [...table.rows] : own('[role="row"]');
  const text = (cell) => (cell.innerText || "").trim().replace(/\s+/g, " ");
  const cells = (row) => row.cells ? [...row.cells]
    : [...row.querySelectorAll('[role="cell"], [role="gridcell"], [role="columnheader"], [role="rowheader"]')];
  const heading = (cell) => cell.tagName === "TH" || cell.getAttribute("role") === "columnheader";
  const grid = [], heads = [];
  let more = 0;
  rows.filter((row) => getComputedStyle(row).display !== "none").forEach((row, at) => {
    if (at >= MOST_ROWS) { more += 1; return; }
    grid[at] = grid[at] || [];
    const found = cells(row);
    let column = 0;
    for (const cell of found) {
      while (grid[at][column] !== undefined) column += 1;
      const wide = Math.min(Math.max(cell.colSpan || Number(cell.getAttribute("aria-colspan")) || 1, 1), MOST_COLUMNS);
      const high = Math.min(Math.max(cell.rowSpan || Number(cell.getAttribute("aria-rowspan")) || 1, 1), MOST_ROWS - at);
      const said = text(cell);
      for (let y = at; y < Math.min(at + high, rows.length); y += 1) {
        grid[y] = grid[y] || [];
        for (let x = column; x < Math.min(column + wide, MOST_COLUMNS); x += 1) grid[y][x] = said;
      }
      column += wide;
    }
    const group = row.parentElement && row.parentElement.tagName === "THEAD";
    heads[at] = group || (found.length > 0 && found.every(heading));
  });
  const full = grid.slice(0, heads.length).map((row) => Array.from(row, (cell) => cell === undefined ? "" : cell));
  let count = 0;
  while (count < full.length && heads[count]) count += 1;
  const anyHeading = own("th, [role=columnheader], [role=rowheader]").length > 0;
  if (count === 0 && !anyHeading && full.length > 1) count = 1;
  const caption = table.caption ? text(table.caption) : table.getAttribute("aria-label") || "";
  return { head: full.slice(0, count), rows: full.slice(count), caption, more };
}
