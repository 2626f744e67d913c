"""The columns of ``spans``, ``notes`` and ``payloads``, derived from the records of ``agentlab.types``, kept nowhere else."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from agentlab.types import Note, Payload, Span

_DUCKDB = {
    str: "VARCHAR",
    int: "BIGINT",
    float: "DOUBLE",
    bool: "BOOLEAN",
    datetime: "TIMESTAMP",
    dict: "JSON",
    Any: "JSON",
}


def duckdb_type(hint: Any) -> str:
    """DuckDB's type for the type of a field. Raises ``KeyError`` for a type that no column can hold."""
    if get_origin(hint) in (Union, UnionType):
        hint = next(choice for choice in get_args(hint) if choice is not NoneType)
    if get_origin(hint) is Literal:
        hint = str
    return _DUCKDB[get_origin(hint) or hint]


def _columns(record: type[Span | Note | Payload]) -> dict[str, str]:
    hints = get_type_hints(record)
    return {it.name: duckdb_type(hints[it.name]) for it in fields(record) if it.metadata.get("column", True)}


COLUMNS = _columns(Span)
"""Name and DuckDB type of every column of ``spans``, in order. Timestamps are UTC."""

NOTE_COLUMNS = _columns(Note)
"""The columns of ``notes``."""

PAYLOAD_COLUMNS = _columns(Payload)
"""The columns of ``payloads``."""

NAMES = ", ".join(COLUMNS)
"""The columns, for a SELECT."""

DDL = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
"""The columns, for a CREATE TABLE."""

SHAPE = json.dumps(COLUMNS)
"""The columns as ``from_json`` wants them, to read a line of the spool."""


def literal(text: str) -> str:
    """``text`` as an SQL string. Bound parameters would do, but the first one imports pandas, over a second."""
    return "'" + text.replace("'", "''") + "'"


def rows_of(lines: list[str], *, status: str | None = None) -> str:
    """A SELECT that turns lines of the spool into rows. A line DuckDB cannot read gives no row.

    ``status`` replaces the status that the lines hold.
    """
    replaced = f"SELECT * REPLACE ({literal(status)} AS status)" if status else "SELECT *"
    text = f"SELECT unnest(string_split({literal(chr(10).join(lines))}, chr(10))) AS line"
    parsed = f"SELECT try(from_json(line, {literal(SHAPE)})) AS row FROM ({text})"  # noqa: S608 - quoted
    return f"{replaced} FROM (SELECT unnest(row) FROM ({parsed}) WHERE row.span_id IS NOT NULL)"  # noqa: S608 - quoted
