"""Rows of the store as the records that they were, with what belongs to them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agentlab.store.schema import COLUMNS, NOTE_COLUMNS
from agentlab.types import Note, Span

_JSON = {name for columns in (COLUMNS, NOTE_COLUMNS) for name, kind in columns.items() if kind == "JSON"}


def spans_of(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[Span]:
    """The spans whose columns are called ``names``; columns that a span does not have are passed over."""
    return [Span(**_fields(names, row, COLUMNS)) for row in rows]


def notes_of(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[Note]:
    """The notes whose columns are called ``names``."""
    return [Note(**_fields(names, row, NOTE_COLUMNS)) for row in rows]


def complete(spans: Iterable[Span], payloads: Mapping[str, dict[str, Any]], notes: Iterable[Note]) -> list[Note]:
    """Give each span its payloads and its notes. Returns the notes that belong to none of them."""
    by_id = {span.span_id: span for span in spans}
    for span_id, span in by_id.items():
        span.payloads = payloads.get(span_id, {})
    others = []
    for note in notes:
        about = by_id.get(note.span_id or "")
        if about is None or note.trace_id not in (None, about.trace_id):
            others.append(note)
        else:
            about.notes.append(note)
    return others


def _fields(names: Sequence[str], row: Sequence[Any], columns: Mapping[str, str]) -> dict[str, Any]:
    found = {name: value for name, value in zip(names, row, strict=True) if value is not None and name in columns}
    for name in _JSON & found.keys():
        if isinstance(found[name], str):
            found[name] = json.loads(found[name])
    return found
