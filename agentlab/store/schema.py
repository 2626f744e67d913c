"""The columns of ``spans``, ``notes`` and ``payloads``, derived from the records of ``agentlab.types``, kept nowhere else."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from pathlib import Path
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

TABLES: dict[str, dict[str, str]] = {
    "spans": COLUMNS,
    "crashes": COLUMNS,
    "notes": NOTE_COLUMNS,
    "payloads": PAYLOAD_COLUMNS,
    "blobs": {"sha256": "VARCHAR", "data": "BLOB", "recorded_at": "TIMESTAMP"},
    "segments": {"segment": "VARCHAR", "position": "BIGINT"},
}
"""The tables of the lake. ``crashes`` holds spans whose process died before their end, ``segments`` how far each segment of
the spool has been moved (NULL: to its end)."""

SMALL = ("segments",)
"""Tables whose rows lie in the catalogue: they are few, and change."""

ID = {"spans": "span_id", "notes": "note_id", "payloads": "span_id"}
"""The column that no row of a table is without."""


def ddl(table: str) -> str:
    """The columns of a table, for a CREATE TABLE."""
    return ", ".join(f"{name} {kind}" for name, kind in TABLES[table].items())


def names(table: str) -> str:
    """The columns of a table, for a SELECT."""
    return ", ".join(TABLES[table])


def literal(text: str) -> str:
    """``text`` as an SQL string. Bound parameters would do, but the first one imports pandas, over a second."""
    return "'" + text.replace("'", "''") + "'"


def rows_in(path: Path, table: str, *, longest: int) -> str:
    """A SELECT over lines of the spool in a file, ``longest`` bytes each at most. What is no line of ours gives no row."""
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in TABLES[table].items())
    options = f"format = 'newline_delimited', ignore_errors = true, maximum_object_size = {max(longest + 2, 1 << 20)}"
    return f"SELECT {names(table)} FROM read_json({literal(str(path))}, {options}, columns = {{{columns}}}) WHERE {ID[table]} IS NOT NULL"


def rows_of(lines: list[bytes], table: str) -> str:
    """The same over lines in the statement itself: for few lines, and where no file can be written or read."""
    text = literal(b"\n".join(lines).decode("utf-8", "replace"))
    parsed = f"SELECT try(from_json(line, {literal(json.dumps(TABLES[table]))})) AS row FROM (SELECT unnest(string_split({text}, chr(10))) AS line)"
    return f"SELECT {names(table)} FROM (SELECT unnest(row) FROM ({parsed}) WHERE row.{ID[table]} IS NOT NULL)"
