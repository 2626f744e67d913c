"""An Excel workbook as Markdown tables, for models and later steps to read: values, not formulas."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from agentlab.tools.drive.markdown import table_of

MOST_CELLS = 200_000
"""Cells that are read, empty ones included."""


def to_markdown(content: bytes) -> str:
    """Each sheet as a table, under its name where there are several. Raises ``ValueError`` where it is no workbook."""
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except InvalidFileException as error:
        raise ValueError(str(error)) from error
    blocks, left = [], MOST_CELLS
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        rows, left = _rows(sheet, left)
        text = table_of(rows)
        blocks.append(f"## {sheet.title}\n\n{text}".rstrip() if len(book.worksheets) > 1 else text)
    if left < 0:
        blocks.append(f"… more than {MOST_CELLS:,} cells; the rest is left out …")
    return "\n\n".join(blocks).strip()


def _rows(sheet: Any, left: int) -> tuple[list[list[str]], int]:
    rows: list[list[str]] = []
    for row in sheet.iter_rows(values_only=True):
        left -= max(1, len(row))
        if left < 0:
            break
        cells = [_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            rows.append(cells)
    return rows, left


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        return value.date().isoformat()
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else str(value)
