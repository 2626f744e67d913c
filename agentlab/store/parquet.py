"""Traces in Parquet: ``spans.parquet``, ``payloads.parquet`` and ``notes.parquet`` in one folder, columns as in the views."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from agentlab.errors import FileUnusable
from agentlab.store.engine import said
from agentlab.store.otlp.messages import dumps
from agentlab.store.otlp.request import Received
from agentlab.store.rows import notes_of, spans_of
from agentlab.store.schema import TABLES, literal
from agentlab.store.traces import TraceStore

FILES = ("spans.parquet", "payloads.parquet", "notes.parquet")
NEEDED = {"spans": ("trace_id", "span_id", "started_at", "status"), "payloads": ("span_id", "role", "content")}
"""Columns that a file cannot do without; a missing other one is read as NULL."""


def write(store: TraceStore, folder: Path, spans: str, other_notes: str) -> tuple[int, int]:
    """Write what two SELECTs choose, and what belongs to it. Returns how many spans and notes."""
    folder.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".export-", dir=folder))
    chosen = f"span_id IN (SELECT span_id FROM ({spans}))"
    try:
        _write(store, f"{spans} ORDER BY started_at", aside / FILES[0])
        _write_payloads(store, f"SELECT * FROM payloads WHERE {chosen}", aside / FILES[1])
        notes = f"SELECT * FROM notes WHERE {chosen} UNION ALL ({other_notes})"
        _write(store, notes, aside / FILES[2])
        for name in FILES:
            (aside / name).replace(folder / name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return _rows(folder / FILES[0]), _rows(folder / FILES[2])


def read(path: Path, chunk: int) -> Iterator[Received]:
    """What is in a folder, or in one file of spans or notes and in those beside it. Raises ``FileUnusable``."""
    folder = path if path.is_dir() else path.parent
    spans = folder / FILES[0] if path.is_dir() else path
    if not spans.is_file():
        raise FileUnusable(f"There is no {FILES[0]} in {folder}.", hint="Give a folder that agentlab export wrote.")
    scratch = tempfile.mkdtemp(prefix="agentlab-import-")
    config: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": scratch,
        "autoinstall_known_extensions": "false",
    }
    try:
        with duckdb.connect(":memory:", config=config) as connection:
            yield from _joined(connection, spans, folder, chunk)
            yield from _notes(connection, folder, chunk)
    except duckdb.Error as error:
        raise FileUnusable(
            f"{path} cannot be read as traces: {said(error)}.", hint="Give a folder that agentlab export wrote."
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _joined(connection: duckdb.DuckDBPyConnection, spans: Path, folder: Path, chunk: int) -> Iterator[Received]:
    """Spans with their payloads."""
    rows = _columns(connection, spans, "spans")
    payloads = folder / FILES[1]
    if payloads.is_file():
        told = _columns(connection, payloads, "payloads")
        kept = f"SELECT span_id, list({{role: role, content: content}}) AS payloads FROM ({told}) GROUP BY span_id"
        rows = f"SELECT spans.*, payloads FROM ({rows}) AS spans LEFT JOIN ({kept}) USING (span_id)"
    found = connection.execute(f"{rows} ORDER BY started_at")
    names = [name for name, *_ in found.description or ()]
    while members := found.fetchmany(chunk):
        received = spans_of(names, members)
        if names[-1] == "payloads":
            for span, row in zip(received, members, strict=True):
                span.payloads = _contents(row[-1])
        yield Received(spans=received)


def _notes(connection: duckdb.DuckDBPyConnection, folder: Path, chunk: int) -> Iterator[Received]:
    if (folder / FILES[2]).is_file():
        found = connection.execute(_columns(connection, folder / FILES[2], "notes"))
        names = [name for name, *_ in found.description or ()]
        while rows := found.fetchmany(chunk):
            yield Received(notes=notes_of(names, rows))


def _columns(connection: duckdb.DuckDBPyConnection, path: Path, table: str) -> str:
    """A SELECT of the columns of ``table`` from a file, in their types. Raises ``FileUnusable`` where it is none."""
    source = f"read_parquet({literal(str(path))})"
    there = {name for name, *_ in connection.execute(f"DESCRIBE FROM {source}").fetchall()}
    if missing := [name for name in NEEDED.get(table, ("note_id", "recorded_at", "kind")) if name not in there]:
        raise FileUnusable(
            f"{path} holds no {table}: it has no column {', '.join(missing)}.",
            hint="Give a folder that agentlab export wrote; docs/reference/schema.md lists the columns.",
        )
    cast = (f"{name}::{kind} AS {name}" for name, kind in TABLES[table].items() if name in there)
    return f"SELECT {', '.join(cast)} FROM {source}"


def _write(store: TraceStore, sql: str, path: Path) -> None:
    store.sql(sql).write_parquet(str(path), compression="zstd")


def _write_payloads(store: TraceStore, sql: str, path: Path) -> None:
    """As ``_write``; contents that lie apart come along."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    relation = store.sql(f"SELECT * REPLACE (content::VARCHAR AS content) FROM ({sql})")
    reader = relation.to_arrow_reader(1_000)
    place = reader.schema.get_field_index("content")
    schema = reader.schema.set(place, pa.field("content", pa.string()))
    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        for batch in reader:
            contents = _whole(store, batch.to_pydict())
            columns = [pa.array(contents, pa.string()) if at == place else it for at, it in enumerate(batch.columns)]
            file.write_batch(pa.record_batch(columns, schema=schema))


def _whole(store: TraceStore, rows: dict[str, list[Any]]) -> list[str | None]:
    apart = [span_id for span_id, name in zip(rows["span_id"], rows["sha256"], strict=True) if name]
    found = store.payloads(apart)
    return [
        dumps(found[span_id][role]) if name else content
        for span_id, role, name, content in zip(
            rows["span_id"], rows["role"], rows["sha256"], rows["content"], strict=True
        )
    ]


def _contents(payloads: list[dict[str, str | None]] | None) -> dict[str, Any]:
    return {str(it["role"]): None if it["content"] is None else json.loads(it["content"]) for it in payloads or ()}


def _rows(path: Path) -> int:
    import pyarrow.parquet as pq

    rows: int = pq.read_metadata(path).num_rows
    return rows
