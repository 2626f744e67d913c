"""Tables as an Excel workbook, a sheet for each. Numbers are numbers; no text becomes a formula."""

from __future__ import annotations

import io
import json
import math
import re
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from agentlab.tools.failure import ToolFailed
from agentlab.tools.sheet import tables_of

LONGEST_CELL = 32_767
"""Characters; Excel's own limit, as are the next two."""
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
_NUMBER = re.compile(r"^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$")
_EXACT = 10**15
"""Excel keeps 15 digits; whole numbers from here on stay text."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_xlsx(rows: list[Any], columns: list[str] | None = None) -> tuple[bytes, int]:
    """``rows``, lists or objects or several such tables, as a workbook, and how many rows that are.

    Raises ``ToolFailed`` (``invalid_arguments``, ``too_large``).
    """
    book, count = Workbook(), 0
    tables = tables_of(rows, columns)
    for number, (headings, lines) in enumerate(tables, 1):
        sheet = book.active if number == 1 else book.create_sheet()
        sheet.title = "Sheet" if len(tables) == 1 else f"Table {number}"
        for place, line in enumerate([headings, *lines] if headings else lines, 1):
            if place > MOST_ROWS or len(line) > MOST_COLUMNS:
                raise ToolFailed(
                    "too_large", f"A sheet holds {MOST_ROWS:,} rows of {MOST_COLUMNS:,} cells; save it as csv."
                )
            for column, value in enumerate(line, 1):
                _put(sheet.cell(place, column), value)
        if headings:
            for cell in sheet[1]:
                cell.font = Font(bold=True)
            sheet.freeze_panes = "A2"
        count += len(lines)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue(), count


def _put(cell: Any, value: Any) -> None:
    """Write one cell; a text in front of which a spreadsheet would see a formula is marked as text for good."""
    number = _number(value)
    if number is not None or value is None or isinstance(value, bool):
        cell.value = value if number is None else number
        return
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = ILLEGAL_CHARACTERS_RE.sub("", text).encode("utf-8", "replace").decode()
    if len(text) > LONGEST_CELL:
        raise ToolFailed("too_large", f"A cell holds {LONGEST_CELL:,} characters, not {len(text):,}; save it as csv.")
    cell.value = text
    cell.data_type = "s"
    cell.quotePrefix = text.lstrip(" \u00a0").startswith(_FORMULA)


def _number(value: Any) -> int | float | None:
    if isinstance(value, str) and _NUMBER.match(value):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    exact = abs(value) < _EXACT if isinstance(value, int) else math.isfinite(value)
    return value if exact else None
