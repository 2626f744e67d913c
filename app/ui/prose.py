"""A model's answer as readable text: the few marks of Markdown that shape a page, and nothing that could load or link."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from ui.nodes import Node, el

Found = tuple[Node, int]
"""A part of the page and the number of the line after it."""

_INLINE = re.compile(r"(`[^`\n]+`|\*\*[^*\n]+\*\*|(?<![\w*])\*[^*\s][^*\n]*\*(?!\w))")
_HEADING = re.compile(r"(#{1,6})\s+(.+)")
_BULLET = re.compile(r"\s*[-*•]\s+(.*)")
_NUMBERED = re.compile(r"\s*\d{1,3}[.)]\s+(.*)")
_RULE = re.compile(r"\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*")
_FENCE = "```"


def prose(text: str) -> Node:
    """Headings, lists, tables, code, bold and italics of ``text``; links and images stay the characters they are.

    JSON, as the result of a plan of one's own, is set as code.
    """
    parts = [_code(text)] if _is_json(text) else _parts(text.splitlines())
    return el("div", *parts, kind="prose")


def _is_json(text: str) -> bool:
    if not text.startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _code(text: str) -> Node:
    return el("pre", el("code", text), tabindex="0")


def _parts(lines: list[str]) -> Iterator[Node]:
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        node, at = next(found for part in (_fence, _heading, _table, _list, _paragraph) if (found := part(lines, at)))
        yield node


def _fence(lines: list[str], at: int) -> Found | None:
    if not lines[at].startswith(_FENCE):
        return None
    end = _end(lines, at + 1, lambda line: not line.startswith(_FENCE))
    return _code("\n".join(lines[at + 1 : end])), end + 1


def _heading(lines: list[str], at: int) -> Found | None:
    match = _HEADING.fullmatch(lines[at])
    return (el("h2" if len(match[1]) < 3 else "h3", *_inline(match[2])), at + 1) if match else None


def _table(lines: list[str], at: int) -> Found | None:
    if "|" not in lines[at] or at + 1 == len(lines) or not _RULE.fullmatch(lines[at + 1]):
        return None
    end = _end(lines, at + 2, lambda line: "|" in line)
    body = el("tbody", *(_cells(line, "td") for line in lines[at + 2 : end]))
    return el("table", el("thead", _cells(lines[at], "th")), body), end


def _cells(line: str, tag: str) -> Node:
    return el("tr", *(el(tag, *_inline(cell.strip())) for cell in line.strip().strip("|").split("|")))


def _list(lines: list[str], at: int) -> Found | None:
    for mark, tag in ((_BULLET, "ul"), (_NUMBERED, "ol")):
        if mark.fullmatch(lines[at]):
            end = _end(lines, at, mark.fullmatch)
            items = (mark.sub(r"\1", line) for line in lines[at:end])
            return el(tag, *(el("li", *_inline(item)) for item in items)), end
    return None


def _paragraph(lines: list[str], at: int) -> Found:
    end = _end(lines, at + 1, _continues)
    return el("p", *_inline(" ".join(line.strip() for line in lines[at:end]))), end


def _continues(line: str) -> bool:
    marks = (_HEADING, _BULLET, _NUMBERED)
    return bool(line.strip()) and not line.startswith(_FENCE) and not any(mark.fullmatch(line) for mark in marks)


def _end(lines: list[str], start: int, belongs: Callable[[str], object]) -> int:
    return next((at for at in range(start, len(lines)) if not belongs(lines[at])), len(lines))


def _inline(text: str) -> list[Node]:
    return [_marked(part) for part in _INLINE.split(text) if part]


def _marked(part: str) -> Node:
    if not _INLINE.fullmatch(part):
        return part
    if part.startswith("`"):
        return el("code", part[1:-1])
    return el("strong", part[2:-2]) if part.startswith("**") else el("em", part[1:-1])
