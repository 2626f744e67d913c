"""What elements say, in the form that is wanted: text, Markdown, a table, or attributes."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

from agentlab.tools.browser.finding import Found
from agentlab.tools.browser.scripts import script
from agentlab.tools.failure import ToolFailed
from agentlab.tools.page import tidy
from agentlab.types import JSON

Form = Literal["text", "markdown", "table", "attributes"]
MAX_TEXT = 200_000
"""Characters of an extract."""
_TEXTS = """(elements) => elements.slice(0, 5000).map((element) =>
    ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName) && element.type !== "password"
      ? element.value : element.innerText ?? element.textContent ?? "")"""


async def read(found: Found, form: Form) -> JSON:
    """``{text, columns, rows, count, cut}``. Raises ``ToolFailed`` (``no_table``)."""
    reader = {"text": _text, "markdown": _markdown, "table": _table, "attributes": _attributes}[form]
    columns, rows, text, more = await reader(found)
    return {
        "text": text[:MAX_TEXT],
        "columns": columns,
        "rows": rows,
        "count": found.count,
        "cut": more or len(text) > MAX_TEXT,
    }


Read = tuple[list[str], list[list[Any]], str, bool]
"""Columns, rows, text, and whether something was left out."""


async def _text(found: Found) -> Read:
    texts = [tidy(str(text)) for text in await found.ask(_TEXTS)]
    return ["text"], [[text[:MAX_TEXT]] for text in texts], "\n".join(texts), found.count > len(texts)


async def _markdown(found: Found) -> Read:
    from markdownify import markdownify

    each = f"(elements) => elements.slice(0, 500).map((element) => ({script('clean')})(element, {MAX_TEXT}))"
    parts = await found.ask(each)
    texts = [tidy_markdown(markdownify(str(part["html"]), heading_style="ATX", bullets="-")) for part in parts]
    cut = any(part["cut"] for part in parts) or found.count > len(parts)
    return ["text"], [[text] for text in texts], "\n\n".join(texts), cut


def tidy_markdown(text: str) -> str:
    """Markdown without blanks at the ends of lines and without stacks of empty lines."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines).strip()


async def _table(found: Found) -> Read:
    first = f"(elements) => {{ for (const element of elements) {{ const found = ({script('table')})(element); if (found) return found; }} return null; }}"
    table = await found.ask(first)
    if table is None:
        raise ToolFailed(
            "no_table",
            f"What {found.selector} names holds no table; ask for it as text, or name a table such as 'table'.",
        )
    rows = [[str(cell) for cell in row] for row in table["rows"]]
    width = max([len(row) for row in [*rows, *table["head"]]], default=0)
    rows = [row + [""] * (width - len(row)) for row in rows]
    columns = _headings(table["head"], width)
    text = _lines(columns, rows)
    return columns, rows, f"{table['caption']}\n\n{text}" if table["caption"] else text, bool(table["more"])


def _headings(head: list[list[str]], width: int) -> list[str]:
    """One name for each column: the headings above it, the same one once, and no name twice."""
    names = []
    for at in range(width):
        above = [row[at] for row in head if at < len(row) and row[at]]
        names.append(" ".join(dict.fromkeys(above)) or f"column {at + 1}")
    seen: Counter[str] = Counter()
    for at, name in enumerate(names):
        seen[name] += 1
        names[at] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return names


def _lines(columns: list[str], rows: list[list[str]]) -> str:
    """As a table in Markdown."""
    every = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in every)


async def _attributes(found: Found) -> Read:
    items: list[JSON] = await found.ask(script("attributes"))
    columns = list(dict.fromkeys(name for item in items for name in item))
    rows = [[item.get(name, "") for name in columns] for item in items]
    text = "\n".join(" ".join(str(item[name]) for name in ("text", "href") if item.get(name)) for item in items)
    return columns, rows, text, found.count > len(items)
