"""Reading: the lake and what the spool still holds, as one consistent set of rows, while others write and drain."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb

from agentlab.errors import StoreUnusable
from agentlab.store import engine as engines
from agentlab.store import forks
from agentlab.store.engine import Engine
from agentlab.store.moving import reconcile
from agentlab.store.schema import ddl, literal, names, rows_in, rows_of
from agentlab.store.segment import Lines, Scan, Segment, by_writer, continued, opened, sizes

VIEWS = (
    *("spans", "runs", "steps", "llm_calls", "tool_calls", "errors", "cost_daily", "events", "scores", "records"),
    *("forecasts", "plan_scores", "patterns", "notes", "payloads"),
)
"""What can be asked for by name."""

TRUSTED = ("SET GLOBAL python_scan_all_frames = true",)
"""Settings for the lab's own user, who may join files and frames of their own. Cursors inherit what is global."""

FEW_BYTES = 100_000
"""Bytes of the spool that are read as part of a statement; more go through a file, which DuckDB reads on all cores."""

_KEPT = ("spans", "crashes", "notes", "payloads")
_NEWEST = "SET VARIABLE snapshot = (SELECT id FROM lake.current_snapshot())"
_AT = "AT (VERSION => getvariable('snapshot'))"
_SHOWN = "getvariable('hidden') IS NULL OR NOT list_contains(getvariable('hidden'), span_id)"
"""Rows of the lake that the spool knows better are left out. Where there are none, DuckDB drops the condition."""


def confined(engine: Engine, memory_mb: int) -> tuple[str, ...]:
    """Settings for queries of others: no file but the lake's, no network, no extension, and no way back."""
    return (
        f"SET GLOBAL memory_limit = '{memory_mb:d}MB'",
        f"SET GLOBAL allowed_directories = [{literal(engine.data_path)}, {literal(str(_tails(engine)))}]",
        "SET GLOBAL python_enable_replacements = false",
        "SET GLOBAL enable_external_access = false",
        "SET GLOBAL lock_configuration = true",
    )


_NEWEST_TELLING = (
    "FROM {rows} QUALIFY row_number() OVER (PARTITION BY run_id, span_id"
    " ORDER BY started_at DESC, status = 'crashed', duration_ms DESC) = 1"
)
"""For a lake of version 0.1, until a drain has put it in order: runs that went on after a crash have several rows there."""


class Reader:
    """One DuckDB in memory with the lake attached, and a cursor of it for every query. Threads may share it."""

    def __init__(self, engine: Engine, settings: tuple[str, ...]) -> None:
        self._engine = engine
        self._settings = settings
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._start_over()
        forks.watch(self)

    def snapshot(self, *, payloads: bool = True) -> duckdb.DuckDBPyConnection:
        """A cursor that sees everything recorded so far, and goes on seeing exactly this.

        It holds no lock and no transaction. Without ``payloads`` it sees only those that are in the lake already, and
        need not read the others. Raises ``StoreUnusable``.
        """
        streams = ("spool", "payloads") if payloads else ("spool",)
        try:
            while True:
                connection, lake = self._database()
                cursor = connection.cursor()
                if self._fill(cursor, lake, streams):
                    return cursor
        except (duckdb.Error, OSError) as error:
            self.close()
            raise StoreUnusable(
                f"The traces under {self._engine.folder} cannot be read: {engines.said(error)}",
                hint="If the catalogue is damaged: agentlab repair. docs/how-to/repair.md tells more.",
                folder=str(self._engine.folder),
            ) from error

    def close(self) -> None:
        """Let go of the lake; cursors that are still held stay valid."""
        with self._lock:
            self._connection = None

    def forked(self) -> None:
        """Leave the parent's connection to the parent."""
        engines.abandon(self._connection)
        self._start_over()

    def _start_over(self) -> None:
        self._lock = threading.Lock()
        self._connection = None
        self._which = 0
        """Which catalogue it is that is attached: somebody may remove it and another one be made."""
        self._known: dict[str, set[str]] = {}
        """Tables of the lake with their columns; empty where there is none."""
        self._scans: dict[str, Scan] = {}
        """Kept from query to query, so that a segment is searched for open spans only once."""

    def _database(self) -> tuple[duckdb.DuckDBPyConnection, dict[str, set[str]]]:
        """The connection, a new one once there is a lake; and the tables of the lake."""
        with self._lock:
            which = self._engine.which()
            if self._connection is None or self._which != which or (not self._known and self._engine.made()):
                self._connection, self._known = self._connect()
                self._which = which
            return self._connection, self._known

    def _connect(self) -> tuple[duckdb.DuckDBPyConnection, dict[str, set[str]]]:
        connection = self._engine.connect()
        known = self._attach(connection)
        connection.execute("BEGIN")
        if known:
            connection.execute(_NEWEST)
        connection.execute("SET VARIABLE hidden = NULL::VARCHAR[]")
        for table in _KEPT:
            connection.execute(f"CREATE TEMP TABLE {_tail(table)} ({ddl(table)})")
        for view in _base_views(known):
            connection.execute(view)
        connection.execute(_views())
        connection.execute("COMMIT")
        for setting in self._settings:
            connection.execute(setting)
        return connection, known

    def _attach(self, connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
        if not self._engine.made():
            return {}
        self._engine.attach(connection)
        return engines.tables(connection)

    def _fill(self, cursor: duckdb.DuckDBPyConnection, lake: dict[str, set[str]], streams: tuple[str, ...]) -> bool:
        """Fix the cursor to one state of lake and spool. False where a drain came in between; then again."""
        folder = self._engine.folder
        with ExitStack() as stack:
            segments = [segment for stream in streams for segment in stack.enter_context(opened(folder / stream))]
            if not lake and self._engine.made():
                return False
            positions = _positions(cursor) if lake else {}
            if lake and not lake.keys() >= set(_KEPT) and engines.tables(cursor) != lake:
                self.close()
                return False
            if any(segment.removed and segment.key not in positions for segment in segments):
                return False
            told = self._told(segments, positions, {stream: by_writer(sizes(folder / stream)) for stream in streams})
        self._load(cursor, told, lake)
        return True

    def _load(self, cursor: duckdb.DuckDBPyConnection, told: dict[str, Lines], lake: dict[str, set[str]]) -> None:
        for table in _KEPT:
            cursor.execute(f"CREATE TEMP TABLE {_tail(table)} ({ddl(table)})")
        cursor.execute(f"CREATE TEMP TABLE told ({ddl('spans')})")
        for status, lines in told.items():
            self._insert(cursor, "told", "spans", lines.end, status)
            self._insert(cursor, _tail("notes"), "notes", lines.note, "")
            self._insert(cursor, _tail("payloads"), "payloads", lines.payload, "")
        tables = [f"lake.{table} {_AT}" for table in ("spans", "crashes") if table in lake]
        if any(lines.end for lines in told.values()) and reconcile(cursor, *tables):
            cursor.execute("SET VARIABLE hidden = (SELECT list(span_id) FROM temp.hidden)")
        cursor.execute(f"INSERT INTO {_tail('spans')} BY NAME FROM temp.told")

    def _insert(
        self, cursor: duckdb.DuckDBPyConnection, into: str, table: str, lines: list[bytes], status: str
    ) -> None:
        if not lines:
            return
        with self._readable(lines, table) as rows:
            replaced = f"SELECT * REPLACE ({literal(status)} AS status) FROM ({rows})" if status else rows
            cursor.execute(f"INSERT INTO temp.{into} {replaced}")

    @contextmanager
    def _readable(self, lines: list[bytes], table: str) -> Iterator[str]:
        """A SELECT over lines: few as part of the statement, many through a file that is gone afterwards."""
        path = None
        if sum(map(len, lines)) > FEW_BYTES:
            with suppress(OSError):
                _tails(self._engine).mkdir(mode=0o700, exist_ok=True)
                descriptor, name = tempfile.mkstemp(suffix=".json", dir=_tails(self._engine))
                path = Path(name)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(b"\n".join(lines) + b"\n")
        try:
            yield rows_in(path, table, longest=max(map(len, lines))) if path else rows_of(lines, table)
        finally:
            if path:
                path.unlink(missing_ok=True)

    def _told(
        self, segments: list[Segment], positions: dict[str, int | None], now: dict[str, dict[str, list[str]]]
    ) -> dict[str, Lines]:
        """What the spool holds and the lake does not, by the status it is shown with; an empty one is its own."""
        found = {"": Lines(), "running": Lines(), "crashed": Lines()}
        with self._lock:
            keys = {segment.key for segment in segments}
            self._scans = {key: scan for key, scan in self._scans.items() if key in keys} | {
                key: Scan() for key in keys - self._scans.keys()
            }
            for segment in segments:
                offset = positions.get(segment.key, 0)
                if offset is not None:
                    scan = self._scans[segment.key]
                    found[""].add(scan.follow(segment, offset))
                    later = continued(segment, now[segment.stream])
                    if not later or later not in keys:
                        found["crashed" if segment.dead and not later else "running"].end += scan.open.values()
        return found


def _positions(cursor: duckdb.DuckDBPyConnection) -> dict[str, int | None]:
    """Choose the lake's newest state for ``cursor``. Returns how far it got in each segment; None is to the end."""
    cursor.execute(f"BEGIN; {_NEWEST}; SET VARIABLE hidden = NULL::VARCHAR[]")
    positions = dict(cursor.execute("FROM lake.segments").fetchall())
    cursor.execute("COMMIT")
    return positions


def _base_views(known: dict[str, set[str]]) -> Iterator[str]:
    """`spans`, `notes` and `payloads`: what the lake holds of each, and the rest from the spool."""
    for view, tables in (("spans", ("spans", "crashes")), ("notes", ("notes",)), ("payloads", ("payloads",))):
        shown = f" WHERE {_SHOWN}" if view == "spans" else ""
        parts = [f"(FROM lake.{table} {_AT}{shown})" for table in tables if table in known]
        if view == "spans" and known and "crashes" not in known:
            parts = [f"({_NEWEST_TELLING.format(rows=part)})" for part in parts]
        rows = " UNION ALL BY NAME ".join([*parts, f"(FROM temp.{_tail(view)})"])
        yield f"CREATE VIEW {view} AS SELECT {names(view)} FROM ({rows})"


def _tail(table: str) -> str:
    return f"tail_{table}"


def _tails(engine: Engine) -> Path:
    """Where what is read of the spool lies for a moment."""
    return engine.folder / "tails"


@cache
def _views() -> str:
    return files("agentlab.store").joinpath("views.sql").read_text(encoding="utf-8")
