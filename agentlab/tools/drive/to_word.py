"""Markdown as a Word document: headings, lists, bold, italics, code, links, quotes and tables become Word's own."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from markdown_it.token import Token

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LEVELS = 3
"""Depths of lists that Word's own styles know."""
_MONOSPACED = "Courier New"


def to_docx(markdown: str, title: str = "") -> bytes:
    """``markdown`` as the bytes of a Word document. HTML inside stays text; characters that XML has not are left out."""
    document = docx.Document()
    document.core_properties.title = _NOT_XML.sub("", title)[:255]
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    _Writer(document).write(reader.parse(_NOT_XML.sub("", markdown)))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


class _Writer:
    """Puts the tokens of a Markdown text into a document, one block after the other."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._lists: list[tuple[str, int | None]] = []
        self._quoted = 0
        self._heading = 0
        self._rows: list[list[Token]] | None = None
        self._opening = False

    def write(self, tokens: Sequence[Token]) -> None:
        """All of them."""
        for token in tokens:
            match token.type:
                case "heading_open" | "heading_close":
                    self._heading = int(token.tag[1:]) if token.nesting == 1 else 0
                case "bullet_list_open":
                    self._lists.append(("List Bullet", None))
                case "ordered_list_open":
                    self._lists.append(("List Number", self._new_numbers(int(token.attrGet("start") or 1))))
                case "bullet_list_close" | "ordered_list_close":
                    self._lists.pop()
                case "list_item_open":
                    self._opening = True
                case "blockquote_open" | "blockquote_close":
                    self._quoted += token.nesting
                case "fence" | "code_block":
                    self._code(token.content)
                case "hr":
                    self._document.add_paragraph("* * *")
                case "table_open":
                    self._rows = []
                case "tr_open" if self._rows is not None:
                    self._rows.append([])
                case "table_close":
                    self._table()
                case "inline" if self._rows:
                    self._rows[-1].append(token)
                case "inline":
                    _inline(self._paragraph(), token)

    def _paragraph(self) -> Any:
        if self._heading:
            return self._document.add_heading(level=self._heading)
        if not self._lists:
            return self._document.add_paragraph(style="Quote" if self._quoted else None)
        kind, numbers = self._lists[-1]
        depth = min(len(self._lists), _LEVELS)
        further, self._opening = not self._opening, False
        name = "List Continue" if further else kind
        paragraph = self._document.add_paragraph(style=name if depth == 1 else f"{name} {depth}")
        if numbers is not None and not further:
            properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_ilvl().val = 0
            properties.get_or_add_numId().val = numbers
        return paragraph

    def _new_numbers(self, start: int) -> int | None:
        """A list that counts from ``start``; without one of its own, Word would count on from the list before."""
        depth = min(len(self._lists) + 1, _LEVELS)
        style = self._document.styles["List Number" if depth == 1 else f"List Number {depth}"]
        numbering = self._document.part.numbering_part.element
        known = {number.numId: number.abstractNumId.val for number in numbering.num_lst}
        kind = known.get(style.element.pPr.numPr.numId.val)
        if kind is None:
            return None
        number = numbering.add_num(kind)
        number.add_lvlOverride(ilvl=0).add_startOverride(start)
        return int(number.numId)

    def _code(self, text: str) -> None:
        run = self._document.add_paragraph(style="No Spacing").add_run(text.rstrip("\n"))
        run.font.name = _MONOSPACED

    def _table(self) -> None:
        rows, self._rows = self._rows or [], None
        table = self._document.add_table(rows=len(rows), cols=max(map(len, rows), default=1), style="Table Grid")
        for number, (row, cells) in enumerate(zip(rows, table.rows, strict=True)):
            for token, cell in zip(row, cells.cells, strict=False):
                _inline(cell.paragraphs[0], token, bold=number == 0)


def _inline(paragraph: Any, token: Token, *, bold: bool = False) -> None:
    """The words of a paragraph with their marks."""
    marks = {"strong": int(bold), "em": 0, "s": 0}
    link = ""
    for part in token.children or []:
        name = part.type.removesuffix("_open").removesuffix("_close")
        if name in marks:
            marks[name] += part.nesting
        elif name == "link":
            link = str(part.attrGet("href") or "") if part.nesting == 1 else ""
        elif name == "hardbreak":
            paragraph.add_run().add_break()
        else:
            run = paragraph.add_run(" " if name == "softbreak" else part.content)
            run.bold, run.italic = marks["strong"] > 0 or None, marks["em"] > 0 or None
            if name == "code_inline":
                run.font.name = _MONOSPACED
            if link:
                _link(paragraph, run, link)


def _link(paragraph: Any, run: Any, url: str) -> None:
    """Make ``run`` lead to ``url``."""
    run.font.underline = True
    element = OxmlElement("w:hyperlink")
    element.set(qn("r:id"), paragraph.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    element.append(deepcopy(run._r))
    run._r.getparent().replace(run._r, element)
