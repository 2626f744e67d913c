"""A Word document as Markdown, for models and later steps to read."""

from __future__ import annotations

import io
import re
from typing import Any

import docx
from docx.opc.exceptions import OpcError
from docx.table import Table

from agentlab.tools.drive.markdown import table_of

_HEADING = re.compile(r"^(?:heading|überschrift|titre) ([1-6])$", re.IGNORECASE)
_LISTED = re.compile(r"^list (bullet|number)(?: ([2-5]))?$", re.IGNORECASE)


def to_markdown(content: bytes) -> str:
    """The headings, paragraphs, lists and tables of a document, in their order. Raises ``ValueError`` where it is none."""
    try:
        document = docx.Document(io.BytesIO(content))
    except OpcError as error:
        raise ValueError(str(error)) from error
    blocks, before = "", ""
    for item in document.iter_inner_content():
        text, kind = (_table(item), "table") if isinstance(item, Table) else _paragraph(item)
        if text:
            blocks += ("\n" if kind == before == "list" else "\n\n" if blocks else "") + text
            before = kind
    return blocks


def _paragraph(paragraph: Any) -> tuple[str, str]:
    text = "".join(_marked(part) for part in paragraph.iter_inner_content()).strip()
    name = paragraph.style.name if paragraph.style else ""
    if not text:
        return "", ""
    if heading := _HEADING.match(name):
        return f"{'#' * int(heading.group(1))} {text.replace('**', '')}", "heading"
    if name == "Title":
        return f"# {text.replace('**', '')}", "heading"
    if listed := _LISTED.match(name):
        depth = int(listed.group(2) or 1) - 1
        return f"{'   ' * depth}{'-' if listed.group(1).lower() == 'bullet' else '1.'} {text}", "list"
    return (f"> {text}", "quote") if name == "Quote" else (text, "paragraph")


def _marked(part: Any) -> str:
    """A run, or a link with its runs."""
    if hasattr(part, "address"):
        return f"[{part.text}]({part.address})" if part.address else str(part.text)
    text = str(part.text)
    return f"**{text}**" if part.bold and text.strip() == text and text else text


def _table(table: Table) -> str:
    return table_of([[cell.text for cell in row.cells] for row in table.rows])
