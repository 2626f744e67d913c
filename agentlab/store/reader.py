"""Reading: the lake and what the spool still holds, as one consistent set of rows, while others write and drain."""

from __future__ import annotations

import threading
from importlib.resources import files
from pathlib import Path

import duckdb

from agentlab.errors import StoreUnusable
from agentlab.store import duck, forks
from agentlab.store.schema import DDL, NAMES, literal, rows_of
from agentlab.store.segment import Scan, Segment, continued, opened, sizes

VIEWS = ("spans", "runs", "steps", "llm_calls", "tool_calls", "errors", "cost_daily")
"""What can be asked for by name."""

TRUSTED = ("SET GLOBAL python_scan_all_frames = true",)
"""Settings for the lab's own user, who may join files and frames of their own. Cursors inherit what is global."""

_TAIL = f"CREATE TEMP TABLE tail ({DDL})"
_ROWS = f"CREATE VIEW span_rows AS SELECT {NAMES} FROM "  # noqa: S608 - names of columns
_WITH_LAKE = "(FROM lake.spans AT (VERSION => getvariable('snapshot')) UNION ALL BY NAME FROM temp.tail)"
_WITHOUT_LAKE = "temp.tail"
_NEWEST = "SET VARIABLE snapshot = (SELECT id FROM lake.current_snapshot())"


def confined(folder: Path, memory_mb: int) -> tuple[str, ...]:
    """Settings for queries of others: no file but the lake's, no network, no extension, and no way back."""
    return (
        f"SET GLOBAL memory_limit = '{memory_mb:d}MB'",
        f"SET GLOBAL allowed_directories = [{literal(str(folder / 'lake'))}]",
        "SET GLOBAL python_enable_replacements = false",
        "SET GLOBAL enable_external_access = false",
        "SET GLOBAL lock_configuration = true",
    )


class Reader:
    """One DuckDB in memory with the lake attached, and a cursor of it for every query. Threads may share it."""

    def __init__(self, folder: Path, settings: tuple[str, ...]) -> None:
        self._folder = folder
        self._settings = settings
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._start_over()
        forks.watch(self)

    def snapshot(self) -> duckdb.DuckDBPyConnection:
        """A cursor that sees every span recorded so far, and goes on seeing exactly these.

        It holds no lock and no transaction. Raises ``StoreUnusable``.
        """
        try:
            while True:
                connection, with_lake = self._database()
                cursor = connection.cursor()
                if self._fill(cursor, with_lake):
                    return cursor
        except (duckdb.Error, OSError) as error:
            raise StoreUnusable(
                f"The traces under {self._folder} cannot be read: {duck.said(error)}",
                hint="Run agentlab doctor.",
                folder=str(self._folder),
            ) from error

    def close(self) -> None:
        """Let go of the lake; cursors that are still held stay valid."""
        with self._lock:
            self._connection = None

    def forked(self) -> None:
        """Leave the parent's connection to the parent."""
        duck.abandon(self._connection)
        self._start_over()

    def _start_over(self) -> None:
        self._lock = threading.Lock()
        self._connection = None
        self._with_lake = False
        self._scans: dict[str, Scan] = {}
        """Kept from query to query, so that a segment is searched for open spans only once."""

    def _database(self) -> tuple[duckdb.DuckDBPyConnection, bool]:
        """The connection, a new one once there is a lake; and whether there is one."""
        with self._lock:
            exists = duck.catalogue(self._folder).exists()
            if self._connection is None or (exists and not self._with_lake):
                self._connection, self._with_lake = self._connect(exists), exists
            return self._connection, self._with_lake

    def _connect(self, with_lake: bool) -> duckdb.DuckDBPyConnection:
        connection = duck.connect()
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        if with_lake:
            connection.execute(duck.attach(self._folder))
        connection.execute("BEGIN")
        if with_lake:
            connection.execute(_NEWEST)
        connection.execute(_TAIL)
        connection.execute(_ROWS + (_WITH_LAKE if with_lake else _WITHOUT_LAKE))
        connection.execute(files("agentlab.store").joinpath("views.sql").read_text(encoding="utf-8"))
        connection.execute("COMMIT")
        for setting in self._settings:
            connection.execute(setting)
        return connection

    def _fill(self, cursor: duckdb.DuckDBPyConnection, with_lake: bool) -> bool:
        """Fix the cursor to one state of lake and spool. False where a drain came in between; then again."""
        spool = self._folder / "spool"
        with opened(spool) as segments:
            if duck.catalogue(self._folder).exists() and not with_lake:
                return False
            positions = _positions(cursor) if with_lake else {}
            if any(segment.removed and segment.name not in positions for segment in segments):
                return False
            tail = self._tail(segments, positions, sizes(spool))
        cursor.execute(_TAIL)
        for status, lines in tail.items():
            if lines:
                cursor.execute(f"INSERT INTO tail {rows_of(lines, status=status)}")
        return True

    def _tail(
        self, segments: list[Segment], positions: dict[str, int | None], now: dict[str, int]
    ) -> dict[str | None, list[str]]:
        """Lines of the spool that the lake does not hold, by the status they are shown with; None is their own."""
        found: dict[str | None, list[str]] = {None: [], "running": [], "crashed": []}
        names = {segment.name for segment in segments}
        with self._lock:
            self._scans = {segment.name: self._scans.get(segment.name, Scan()) for segment in segments}
            for segment in segments:
                offset = positions.get(segment.name, 0)
                if offset is not None:
                    scan = self._scans[segment.name]
                    found[None] += scan.follow(segment, offset)
                    if not (later := continued(segment, now)) or later not in names:
                        found["crashed" if segment.dead and not later else "running"] += scan.open.values()
        return found


def _positions(cursor: duckdb.DuckDBPyConnection) -> dict[str, int | None]:
    """Choose the lake's newest state for ``cursor``. Returns how far it got in each segment; None is to the end."""
    cursor.execute(f"BEGIN; {_NEWEST}")
    positions = dict(cursor.execute("FROM lake.segments").fetchall())
    cursor.execute("COMMIT")
    return positions
