"""The lake: what the spool held, in Parquet, moved there exactly once.

A drain commits rows and how far it read in one transaction, and removes a dead writer's segment only after that.
Whichever process holds the lock drains; killed at any moment, it leaves the work to the next one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import duckdb

from agentlab.errors import StoreUnusable
from agentlab.failpoints import reach
from agentlab.store import compaction, forks, moving
from agentlab.store import engine as engines
from agentlab.store.compaction import clear, compact
from agentlab.store.engine import Engine
from agentlab.store.schema import SMALL, TABLES, ddl, literal
from agentlab.store.segment import Lines, Scan, Segment, by_writer, continued, opened, sizes

BATCH_BYTES = 64_000_000
"""Bytes of the spool that one transaction takes, or one segment if that is more."""


class Lake:
    """The lake of ``engine``, as far as it is written to; made by the first drain that has something to move."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._which = 0
        """Which catalogue it is that is open: somebody may remove it and another one be made."""
        self._removed: list[str] = []
        """Segments whose positions need not be remembered any more."""
        self._drains = compaction.SMALL_FILES
        """Since small files were looked for: each makes one in a table. The first drain of a process looks."""
        self._seen: dict[str, int] = {}
        """Sizes of the segments at the last drain, so that an idle one costs nothing."""
        self._guard = -1
        forks.watch(self)

    def drain(self, *, doubtful: bool = False) -> int:
        """Move every whole line of the spool. Returns the spans moved; 0 also where another process is at it.

        ``doubtful`` is for a lake that has forgotten how far it got: what it holds already is left out.
        Raises ``StoreUnusable``; nothing is lost then, and the next drain tries again.
        """
        folders = [self._engine.folder / stream for stream in ("spool", "payloads")]
        if not any(sizes(folder) for folder in folders):
            return 0
        try:
            with self._alone() as mine, ExitStack() as stack:
                if not mine:
                    return 0
                segments = [segment for folder in folders for segment in stack.enter_context(opened(folder))]
                return self._drain(segments, doubtful)
        except (duckdb.Error, OSError) as error:
            self.close()
            raise StoreUnusable(
                f"Traces could not be moved into the lake under {self._engine.folder}: {engines.said(error)}",
                hint="They are safe in the spool and the next drain tries again; see docs/how-to/repair.md.",
                folder=str(self._engine.folder),
            ) from error

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The lake, for whoever changes it by other means than a drain, with the lock of the drains held.

        Raises ``StoreUnusable`` where another process holds the lock.
        """
        self._engine.folder.mkdir(parents=True, exist_ok=True)
        with self._alone() as mine:
            if not mine:
                raise StoreUnusable("Another process is moving traces right now.", hint="Try again in a moment.")
            try:
                yield self._open()
            except duckdb.Error as error:
                self.close()
                raise StoreUnusable(
                    f"The lake of {self._engine.folder} cannot be changed: {engines.said(error)}",
                    hint="See docs/how-to/repair.md.",
                ) from error

    def close(self) -> None:
        """Let go of the lake; a later drain opens it again."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def forked(self) -> None:
        """Leave the parent's connection to the parent, and its lock, which a copy here would keep alive."""
        engines.abandon(self._connection)
        self._connection, self._removed = None, []
        if self._guard >= 0:
            os.close(self._guard)
            self._guard = -1

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether nobody else is draining; nobody waits."""
        with self._engine.alone() as self._guard:
            try:
                yield self._guard >= 0
            finally:
                self._guard = -1

    def _drain(self, segments: list[Segment], doubtful: bool) -> int:
        folder = self._engine.folder
        listed = {stream: sizes(folder / stream) for stream in ("spool", "payloads")}
        now = {f"{stream}/{name}": size for stream, found in listed.items() for name, size in found.items()}
        if now == self._seen and not any(segment.dead for segment in segments):
            return 0
        lake = self._open()
        positions = dict(lake.execute("FROM lake.segments").fetchall())
        later = {stream: by_writer(found) for stream, found in listed.items()}
        rows, batch = 0, Batch()
        for segment in segments:
            batch.take(segment, positions, later[segment.stream])
            if batch.bytes >= BATCH_BYTES or segment is segments[-1]:
                rows += self._move(lake, batch, doubtful)
                batch = Batch()
        self._drains += bool(rows)
        if rows and self._drains > compaction.SMALL_FILES // 4:
            compact(lake)
            self._drains = 0
        self._seen = now
        return rows

    def _move(self, lake: duckdb.DuckDBPyConnection, batch: Batch, doubtful: bool) -> int:
        """One transaction, and then the removal of the segments that it finished."""
        rows = self._commit(lake, batch, doubtful) if batch.reached else 0
        for segment in batch.finished:
            reach("drain.before_remove")
            (self._engine.folder / segment.stream / segment.name).unlink(missing_ok=True)
            self._removed.append(segment.key)
            reach("drain.after_remove")
        return rows

    def _commit(self, lake: duckdb.DuckDBPyConnection, batch: Batch, doubtful: bool) -> int:
        names = ", ".join(literal(name) for name in [*batch.reached, *self._removed])
        values = ", ".join(f"({literal(name)}, {'NULL' if at is None else at})" for name, at in batch.reached.items())
        with moving.scratch(lake, self._engine.folder) as move:
            move.load(batch.lines, batch.crashed, doubtful=doubtful)
            lake.execute("BEGIN")
            rows = move.store()
            lake.execute(f"DELETE FROM lake.segments WHERE segment IN ({names})")
            lake.execute(f"INSERT INTO lake.segments VALUES {values}")
            reach("drain.before_commit")
            lake.execute("COMMIT")
            reach("drain.after_commit")
            move.settle()
        self._removed.clear()
        return rows

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None or self._engine.which() != self._which:
            self.close()
            connection = self._engine.connect()
            if not self._engine.made():
                if "://" not in self._engine.data:
                    os.makedirs(self._engine.data_path, exist_ok=True)
                with self._engine.making(connection):
                    _complete(connection)
            self._engine.attach(connection, options="META_JOURNAL_MODE 'WAL'")
            _complete(connection)
            connection.execute("SET preserve_insertion_order = false")  # rows tell their time themselves
            self._connection, self._which = connection, self._engine.which()
        return self._connection


@dataclass(slots=True)
class Batch:
    """What one transaction takes."""

    lines: Lines = field(default_factory=Lines)
    crashed: list[bytes] = field(default_factory=list)
    """Start lines that no end will follow."""
    reached: dict[str, int | None] = field(default_factory=dict)
    """How far each segment has been moved; None where it has been moved to its end."""
    finished: list[Segment] = field(default_factory=list)
    """Segments that can be removed after the commit."""
    bytes: int = 0

    def take(self, segment: Segment, positions: dict[str, int | None], now: dict[str, list[str]]) -> None:
        """Add what a segment holds beyond its position in the lake."""
        before = positions.get(segment.key, 0)
        if before is not None:
            scan = Scan(position=0 if segment.dead else before)
            self.lines.add(scan.follow(segment, before))
            if segment.dead and not continued(segment, now):
                self.crashed += scan.open.values()
            if segment.dead or scan.position > before:
                self.reached[segment.key] = None if segment.dead else scan.position
            self.bytes += scan.position - before
        if segment.dead:
            self.finished.append(segment)


def _complete(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that are missing, and the columns that a lake of an earlier version lacks: NULL in older rows."""
    known = engines.tables(connection)
    changes = [f"CREATE TABLE lake.{table} ({ddl(table)})" for table in TABLES if table not in known]
    changes += [
        f"ALTER TABLE lake.{table} ADD COLUMN {name} {kind}"
        for table in TABLES.keys() & known
        for name, kind in TABLES[table].items()
        if name not in known[table]
    ]
    if not changes:
        return
    connection.execute("BEGIN")
    for change in changes:
        connection.execute(change)
    if "spans" in known and "crashes" not in known:
        moving.sort_out_crashes(connection)
    if not known:
        connection.execute("CALL lake.set_option('parquet_compression', 'zstd')")
        connection.execute("CALL lake.set_option('data_inlining_row_limit', 0)")
    connection.execute("COMMIT")
    for table in SMALL:
        connection.execute(f"CALL lake.set_option('data_inlining_row_limit', 1000, table_name => '{table}')")
    for table in TABLES.keys() - known:
        _prime(connection, table)
    if not known:
        clear(connection, "INTERVAL 0 SECOND")


def _prime(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Let a new table have held a row: DuckLake takes 2 ms for each column of one that never did, at every query."""
    first = next(iter(TABLES[table]))
    connection.execute(f"INSERT INTO lake.{table} BY NAME SELECT NULL AS {first}")
    connection.execute(f"DELETE FROM lake.{table} WHERE {first} IS NULL")
