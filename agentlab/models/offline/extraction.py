"""Facts out of text: by what they look like, by the column they stand in, by the label or heading before them."""

from __future__ import annotations

import re

from agentlab.models.offline.patterns import KINDS, kind_of
from agentlab.models.offline.tables import Table, read_table
from agentlab.models.offline.text import headings, item_of, plain, stem, words
from agentlab.types import JSON

_LABEL = re.compile(r"^\s*(?:[-*+•]\s+)?(?:\[[ xX]\]\s+)?\**([A-Za-z][^:|\n]{0,48}?)\**\s?:\**\s+(\S.*)$")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.+?)\s*#*$")


def extract(text: str, fields: list[str]) -> JSON:
    """``{field: what was found}`` for each of ``fields``, in their order.

    Kinds with a form of their own (emails, dates, amounts, …), columns and repeated labels give a list, a label that
    stands once gives its text; ``[]`` where nothing was found.
    """
    text = plain(text)
    table = read_table(text)
    return {field: _find(text, table, field) for field in fields}


def _find(text: str, table: Table | None, field: str) -> str | list[str]:
    if table and (column := _column(table, field)):
        return table.column(column)
    if kind := kind_of(field):
        return KINDS[kind](text)
    if labelled := _labelled(text, field):
        return labelled[0] if len(labelled) == 1 else labelled
    if under := _under_heading(text, field):
        return under
    # "invoice dates" without such a label: the kind that the phrase ends in.
    said = field.split()
    ending = next((kind for count in (2, 1) if (kind := kind_of(" ".join(said[-count:])))), None) if said else None
    return KINDS[ending](text) if ending else []


def _column(table: Table, field: str) -> str | None:
    """The heading that means ``field``: the same words, else the only heading that shares one."""
    wanted = set(words(field)) or {stem(field.lower())}
    same = [name for name in table.columns if set(words(name)) == wanted]
    near = [name for name in table.columns if set(words(name)) & wanted]
    return same[0] if same else near[0] if len(near) == 1 else None


def _labelled(text: str, field: str) -> list[str]:
    """What stands behind a label that says all words of ``field``; failing that, only words of it."""
    wanted = set(words(field))
    labels = [
        (set(words(match.group(1))), match.group(2).strip(" *"))
        for match in map(_LABEL.match, text.splitlines())
        if match
    ]
    full = [said for label, said in labels if wanted and wanted <= label]
    part = [said for label, said in labels if label and label <= wanted]
    return list(dict.fromkeys(full or part))


def _under_heading(text: str, field: str) -> list[str]:
    """The list items, else the lines, under the heading that names ``field``."""
    wanted = set(words(field))
    if not any(wanted and wanted <= set(words(heading)) for heading in headings(text)):
        return []
    lines, inside = list[str](), False
    for line in text.splitlines():
        if title := _HEADING.match(line):
            inside = wanted <= set(words(title.group(1)))
        elif inside and line.strip():
            lines.append(line.strip())
    return [item for line in lines if (item := item_of(line))] or lines
