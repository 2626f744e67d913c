"""JSON as text that can be read like any other: an object as labelled items, a list of like objects as a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

_MOST = 500
"""Values written of one text."""


def as_text(text: str) -> str:
    """``text`` written out, where it is a JSON object or list; else as it is."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(data, list) and _alike(data):
        return _table(data)
    lines = [f"- {name}: {value}" for name, value in _flat("", data)]
    return "\n".join(lines[:_MOST])


def _alike(data: list[Any]) -> bool:
    """Whether they are flat objects with the same keys, two at least: a table."""
    flat = all(isinstance(row, dict) and not any(isinstance(v, dict | list) for v in row.values()) for row in data)
    return flat and len(data) > 1 and len(data[0]) > 1 and len({tuple(row) for row in data}) == 1


def _table(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows([" ".join(str(value).split()) for value in row.values()] for row in rows)
    return out.getvalue()


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    items = value.items() if isinstance(value, dict) else enumerate(value, 1) if isinstance(value, list) else None
    if items is None:
        yield name or "value", " ".join(str(value).split())
        return
    for key, inner in items:
        yield from _flat(f"{name} {key}".strip(), inner)
