"""Rows as a table in Markdown."""

from __future__ import annotations

from collections.abc import Sequence


def table_of(rows: Sequence[Sequence[str]]) -> str:
    """``rows`` as a Markdown table, the first one as its headings; short rows are filled up. Empty for no rows."""
    if not rows:
        return ""
    width = max(map(len, rows))
    lines = [_line([*row, *[""] * (width - len(row))]) for row in rows]
    return "\n".join([lines[0], _line(["---"] * width), *lines[1:]])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"
