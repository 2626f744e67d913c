"""Traces as files: out to Parquet or OTLP, and in again as they were. What is there already is not taken twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

import duckdb

from agentlab.errors import FileUnusable
from agentlab.store import parquet
from agentlab.store.otlp import PriceOf, file
from agentlab.store.otlp.request import Received
from agentlab.store.rows import complete, notes_of, spans_of
from agentlab.store.schema import literal
from agentlab.store.traces import TraceStore
from agentlab.types import Event

FileForm = Literal["parquet", "otlp"]
CHUNK = 2_000
"""Spans that are held at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which traces: all, or those that fit each of these."""

    run_id: str | None = None
    project: str | None = None
    since: datetime | None = None
    """UTC, without zone: what began then or later."""

    def where(self, time: str) -> str:
        """The condition in SQL; ``time`` is the column that holds it."""
        parts = ["true"]
        if self.run_id is not None:
            parts.append(f"run_id = {literal(self.run_id)}")
        if self.project is not None:
            parts.append(f"coalesce(project, 'default') = {literal(self.project)}")
        if self.since is not None:
            parts.append(f"{time} >= TIMESTAMP {literal(str(self.since))}")
        return " AND ".join(parts)

    @property
    def spans(self) -> str:
        """A SELECT of the spans that have ended."""
        return f"SELECT * FROM spans WHERE status <> 'running' AND {self.where('started_at')}"

    @property
    def other_notes(self) -> str:
        """A SELECT of the notes that are not about one of these spans."""
        others = f"span_id IS NULL OR span_id NOT IN (SELECT span_id FROM ({self.spans}))"
        return f"SELECT * FROM notes WHERE {self.where('recorded_at')} AND ({others})"


@dataclass(slots=True)
class Exported:
    """What was written."""

    spans: int = 0
    notes: int = 0
    running: int = 0
    """Spans that have not ended, which were left out."""


@dataclass(slots=True)
class Imported:
    """What was read."""

    spans: int = 0
    """New ones."""
    notes: int = 0
    """New ones."""
    known: int = 0
    """Spans that were there already."""
    refused: list[str] = field(default_factory=list)
    """Why others could not be taken."""


def export(store: TraceStore, path: Path, form: FileForm, chosen: Selection) -> Exported:
    """Write traces to ``path``: a folder of Parquet files, or a file of OTLP (``.pb`` in protobuf, else lines of JSON).

    Raises ``FileUnusable``; what is there already is not overwritten.
    """
    if path.exists() and (path.is_file() or form == "otlp" or any((path / name).exists() for name in parquet.FILES)):
        raise FileUnusable(f"{path} is there already.", hint="Give a path where nothing is, or move that away.")
    done = Exported()
    try:
        if form == "parquet":
            done.spans, done.notes = parquet.write(store, path, chosen.spans, chosen.other_notes)
        else:
            file.write(path, _counted(_chunks(store, chosen), done))
    except (OSError, duckdb.IOException) as error:
        raise FileUnusable(f"{path} cannot be written: {error}.", hint="Choose a folder that you own.") from error
    running = store.sql(f"SELECT count(*) FROM spans WHERE status = 'running' AND {chosen.where('started_at')}")
    done.running = running.fetchall()[0][0]
    return done


def import_(store: TraceStore, path: Path, *, price_of: PriceOf | None = None) -> Imported:
    """Record the traces of a file or a folder, but for spans and notes that are in the store already.

    ``price_of`` reckons what calls of other programs cost, where the file does not say. Raises ``FileUnusable``.
    """
    if not path.exists():
        raise FileUnusable(f"There is no {path}.", hint="Check the path.")
    done = Imported()
    is_parquet = path.is_dir() or path.suffix == ".parquet"
    for found in parquet.read(path, CHUNK) if is_parquet else file.read(path, price_of):
        _take(store, found, done)
    return done


def _take(store: TraceStore, found: Received, done: Imported) -> None:
    notes = [*found.notes, *(note for span in found.spans for note in span.notes)]
    spans_known = _known(store, "spans", "trace_id, span_id", (span.span_id for span in found.spans))
    notes_known = _known(store, "notes", "note_id", (note.note_id for note in notes))
    for note in notes:
        if (note.note_id,) not in notes_known:
            notes_known.add((note.note_id,))
            store.note(note)
            done.notes += 1
    for span in found.spans:
        key = (span.trace_id, span.span_id)
        if key in spans_known:
            done.known += 1
            continue
        spans_known.add(key)
        span.notes = []
        store.record(Event(phase="end", span=span))
        done.spans += 1
    done.refused += found.refused


def _known(store: TraceStore, view: str, columns: str, ids: Iterable[str]) -> set[tuple[str, ...]]:
    """Which of these the store has."""
    listed = ", ".join(map(literal, ids))
    if not listed:
        return set()
    name = columns.rpartition(" ")[2]
    return set(store.sql(f"SELECT {columns} FROM {view} WHERE {name} IN ({listed})").fetchall())


def _chunks(store: TraceStore, chosen: Selection) -> Iterator[Received]:
    relation = store.sql(f"{chosen.spans} ORDER BY started_at")
    while rows := relation.fetchmany(CHUNK):
        spans = spans_of(relation.columns, rows)
        ids = [span.span_id for span in spans]
        notes = store.sql(f"SELECT * FROM notes WHERE span_id IN ({', '.join(map(literal, ids))})")
        others = complete(spans, store.payloads(ids), notes_of(notes.columns, notes.fetchall()))
        yield Received(spans=spans, notes=others)
    relation = store.sql(chosen.other_notes)
    while rows := relation.fetchmany(CHUNK):
        yield Received(notes=notes_of(relation.columns, rows))


def _counted(chunks: Iterable[Received], done: Exported) -> Iterator[Received]:
    for chunk in chunks:
        done.spans += len(chunk.spans)
        done.notes += len(chunk.notes) + sum(len(span.notes) for span in chunk.spans)
        yield chunk
