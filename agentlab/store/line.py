"""One event is one line of JSON in the spool: its phase, then the columns of its span."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any

import orjson

from agentlab.store.schema import COLUMNS
from agentlab.types import Event

DEEPEST = 50
"""Levels of nesting that are kept as they are; what lies below is written out as text."""


_NAMES = tuple(COLUMNS)
_VALUES = attrgetter(*_NAMES)


def encode(event: Event) -> bytes:
    """The line of an event, with its newline: what is known of its span.

    Never fails: what JSON cannot hold is written out as text.
    """
    span = event.span
    row = {name: value for name, value in zip(_NAMES, _VALUES(span), strict=True) if value is not None}
    return _line({"phase": event.phase} | row)


def _line(row: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return orjson.dumps({name: _plain(value) for name, value in row.items()}, option=orjson.OPT_APPEND_NEWLINE)


def decode(line: bytes) -> tuple[str, str] | None:
    """Phase and span id of a line without its newline; None where it is no such line."""
    try:
        columns = orjson.loads(line)
        return columns["phase"], columns["span_id"]
    except (ValueError, KeyError, TypeError):
        return None


def _plain(value: object, depth: int = 0) -> Any:
    if value is None or isinstance(value, bool | datetime):
        return value
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return int(value)
    if isinstance(value, Mapping) and depth < DEEPEST:
        return {_text(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth < DEEPEST:
        return [_plain(item, depth + 1) for item in value]
    return _text(value)


def _text(value: object) -> str:
    try:
        text = str(value)
    except Exception:  # noqa: BLE001 - a foreign __str__ may raise anything, and recording must not fail
        text = f"<{type(value).__name__}>"
    return text.encode("utf-8", "replace").decode()
