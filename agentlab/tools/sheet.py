"""Rows as CSV that a spreadsheet can open without running anything in it."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

from agentlab.tools.failure import ToolFailed

_NUMBER = re.compile(r"^[+-]?(?:\d{1,3}(?:[,. ]\d{3})+|\d+)?(?:[.,]\d+)?(?:[eE][+-]?\d+)?\s?%?$")
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(rows: list[Any], columns: list[str] | None = None) -> tuple[str, int]:
    """``rows`` as CSV with a line of headings, where there are any, and how many rows that are.

    A row is a list of cells or an object (its keys are headings); ``rows`` may also be several such tables, which
    are put below each other. Raises ``ToolFailed`` (``invalid_arguments``) for anything else.
    """
    flat = [row for item in rows if item != [] for row in (item if _is_table(item) else [item])]
    headings = columns or _headings(flat)
    lines = [_cells(row, headings, number) for number, row in enumerate(flat, 1)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(([[safe_cell(name) for name in headings]] if headings else []) + lines)
    return out.getvalue(), len(lines)


def tables_of(rows: list[Any], columns: list[str] | None = None) -> list[tuple[list[str], list[list[Any]]]]:
    """``rows`` as tables with their headings and their rows of cells, values as they are; one table for plain rows.

    Raises ``ToolFailed`` (``invalid_arguments``) for a row that is neither a list nor an object.
    """
    rows = [item for item in rows if item != []]
    tables = rows if all(map(_is_table, rows)) else [rows]
    found = []
    for table in tables or [[]]:
        headings = columns or _headings(table)
        found.append((list(headings), [_values(row, headings, number) for number, row in enumerate(table, 1)]))
    return found


def safe_cell(value: Any) -> str:
    """One cell as text; a text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    harmless = _NUMBER.match(text.strip()) and any(c.isdigit() for c in text)
    # Spreadsheets skip blanks before the sign, so blanks do not make a formula harmless.
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_STARTS_FORMULA) and not harmless else text


def _is_table(item: Any) -> bool:
    return isinstance(item, list) and bool(item) and all(isinstance(row, list | dict) for row in item)


def _headings(rows: list[Any]) -> list[str]:
    return list(dict.fromkeys(key for row in rows if isinstance(row, dict) for key in row))


def _cells(row: Any, headings: list[str], number: int) -> list[str]:
    return [safe_cell(cell) for cell in _values(row, headings, number)]


def _values(row: Any, headings: list[str], number: int) -> list[Any]:
    if isinstance(row, dict):
        return [row.get(name) for name in headings]
    if isinstance(row, list):
        return row
    if isinstance(row, str | int | float):
        return [row]
    raise ToolFailed("invalid_arguments", f"Row {number} is neither a list of cells nor an object: {row!r:.200}.")
