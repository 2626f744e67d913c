"""The lake: what the spool held, in Parquet, moved there exactly once.

A drain commits rows and how far it read in one transaction, and removes a dead writer's segment only after that.
Whichever process holds the lock drains; killed at any moment, it leaves the work to the next one.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from agentlab.errors import StoreUnusable
from agentlab.store import duck, forks
from agentlab.store.duck import count
from agentlab.store.schema import COLUMNS, DDL, literal, rows_of
from agentlab.store.segment import Scan, Segment, continued, opened, sizes

BATCH_BYTES = 16_000_000
"""Bytes of the spool that one transaction takes, or one segment if that is more."""
SMALL_BYTES = 4_000_000
"""Parquet files below this size are merged with their neighbours ..."""
SMALL_FILES = 64
"""... once there are so many of them."""
KEEP = "INTERVAL 1 DAY"
"""How long files that were merged stay, for relations that are still being held."""

_MAKE = f"""
BEGIN;
CREATE TABLE lake.spans ({DDL});
CREATE TABLE lake.segments (segment VARCHAR, position BIGINT);
CALL lake.set_option('data_inlining_row_limit', 0);
COMMIT;
CALL lake.set_option('data_inlining_row_limit', 1000, table_name => 'segments');
"""
"""A position of NULL is the end. The small table lives in the catalogue, the large one in Parquet only."""


class Lake:
    """The lake under ``folder``, as far as it is written to; made by the first drain that has something to move."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._removed: list[str] = []
        """Segments whose positions need not be remembered any more."""
        self._seen: dict[str, int] = {}
        """Sizes of the segments at the last drain, so that an idle one costs nothing."""
        self._guard = -1
        forks.watch(self)

    def drain(self) -> int:
        """Move every whole line of the spool. Returns the rows moved; 0 also where another process is at it.

        Raises ``StoreUnusable``; nothing is lost then, and the next drain tries again.
        """
        spool = self._folder / "spool"
        try:
            if not sizes(spool):
                return 0
            with self._alone() as mine:
                if not mine:
                    return 0
                with opened(spool) as segments:
                    return self._drain(segments)
        except (duckdb.Error, OSError) as error:
            raise StoreUnusable(
                f"Traces could not be moved into the lake under {self._folder}: {duck.said(error)}",
                hint="They are safe in the spool and the next drain tries again; see agentlab doctor.",
                folder=str(self._folder),
            ) from error

    def close(self) -> None:
        """Let go of the lake; a later drain opens it again."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def forked(self) -> None:
        """Leave the parent's connection to the parent, and its lock, which a copy here would keep alive."""
        duck.abandon(self._connection)
        self._connection, self._removed = None, []
        if self._guard >= 0:
            os.close(self._guard)
            self._guard = -1

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether nobody else is draining; nobody waits."""
        guard = os.open(self._folder / "drain.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            mine = _locked(guard)
            if mine:
                self._guard = guard
            yield mine
        finally:
            self._guard = -1 if self._guard == guard else self._guard
            os.close(guard)

    def _drain(self, segments: list[Segment]) -> int:
        now = sizes(self._folder / "spool")
        if now == self._seen and not any(segment.dead for segment in segments):
            return 0
        lake = self._open()
        positions = dict(lake.execute("FROM lake.segments").fetchall())
        rows, batch = 0, _Batch()
        for segment in segments:
            batch.take(segment, positions, now)
            if batch.bytes >= BATCH_BYTES or segment is segments[-1]:
                rows += self._move(lake, batch)
                batch = _Batch()
        if rows:
            _merge(lake)
        self._seen = now
        return rows

    def _move(self, lake: duckdb.DuckDBPyConnection, batch: _Batch) -> int:
        """One transaction, and then the removal of the segments that it finished."""
        rows = self._commit(lake, batch) if batch.reached else 0
        for name in batch.finished:
            (self._folder / "spool" / name).unlink()
            self._removed.append(name)
        return rows

    def _commit(self, lake: duckdb.DuckDBPyConnection, batch: _Batch) -> int:
        names = ", ".join(literal(name) for name in [*batch.reached, *self._removed])
        values = ", ".join(f"({literal(name)}, {'NULL' if at is None else at})" for name, at in batch.reached.items())
        lake.execute("BEGIN")
        try:
            rows = _insert(lake, batch.ends) + _insert(lake, batch.crashed, status="crashed")
            lake.execute(f"DELETE FROM lake.segments WHERE segment IN ({names})")  # noqa: S608 - quoted
            lake.execute(f"INSERT INTO lake.segments VALUES {values}")  # noqa: S608 - quoted
            lake.execute("COMMIT")
        except duckdb.Error:
            self.close()
            raise
        self._removed.clear()
        return rows

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            connection = duck.connect()
            if not duck.catalogue(self._folder).exists():
                _make(connection, self._folder)
            connection.execute(duck.attach(self._folder, options="META_JOURNAL_MODE 'WAL'"))
            _add_columns(connection)
            self._connection = connection
        return self._connection


@dataclass(slots=True)
class _Batch:
    """What one transaction takes."""

    ends: list[str] = field(default_factory=list)
    crashed: list[str] = field(default_factory=list)
    """Start lines that no end will follow."""
    reached: dict[str, int | None] = field(default_factory=dict)
    """How far each segment has been moved; None where it has been moved to its end."""
    finished: list[str] = field(default_factory=list)
    """Segments that can be removed after the commit."""
    bytes: int = 0

    def take(self, segment: Segment, positions: dict[str, int | None], now: dict[str, int]) -> None:
        """Add what a segment holds beyond its position in the lake."""
        before = positions.get(segment.name, 0)
        if before is not None:
            scan = Scan(position=0 if segment.dead else before)
            self.ends += scan.follow(segment, before)
            if segment.dead and not continued(segment, now):
                self.crashed += scan.open.values()
            if segment.dead or scan.position > before:
                self.reached[segment.name] = None if segment.dead else scan.position
            self.bytes += scan.position - before
        if segment.dead:
            self.finished.append(segment.name)


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _insert(lake: duckdb.DuckDBPyConnection, lines: list[str], *, status: str | None = None) -> int:
    if not lines:
        return 0
    return count(lake, f"INSERT INTO lake.spans BY NAME {rows_of(lines, status=status)} ORDER BY started_at")


def _make(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make the catalogue aside and move it into place, so that nobody ever sees half of it."""
    (folder / "lake").mkdir(exist_ok=True)
    aside = folder / "catalog.new"
    aside.unlink(missing_ok=True)
    connection.execute(duck.attach(folder, name=aside.name, options="META_JOURNAL_MODE 'DELETE'"))
    connection.execute(_MAKE)
    connection.execute("DETACH lake")
    aside.rename(duck.catalogue(folder))


def _add_columns(connection: duckdb.DuckDBPyConnection) -> None:
    """Give a lake that an earlier version made the columns it lacks; older rows have NULL there."""
    known = {name for name, *_ in connection.execute("DESCRIBE lake.spans").fetchall()}
    for name, kind in COLUMNS.items():
        if name not in known:
            connection.execute(f"ALTER TABLE lake.spans ADD COLUMN {name} {kind}")


def _merge(lake: duckdb.DuckDBPyConnection) -> None:
    """Merge small files. Drains make many of them, and every query opens each one."""
    small = f"ducklake_list_files('lake', 'spans') WHERE data_file_size_bytes < {SMALL_BYTES}"
    if count(lake, f"SELECT count(*) FROM {small}") >= SMALL_FILES:  # noqa: S608 - ours
        for call in (
            f"ducklake_merge_adjacent_files('lake', 'spans', max_file_size => {SMALL_BYTES})",
            f"ducklake_expire_snapshots('lake', older_than => now() - {KEEP})",
            f"ducklake_cleanup_old_files('lake', older_than => now() - {KEEP})",
        ):
            count(lake, f"SELECT count(*) FROM {call}")  # noqa: S608 - ours
