"""The trace store: everything that is recorded, and everything that can be asked about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from agentlab.errors import QueryInvalid, StoreUnusable
from agentlab.store import query
from agentlab.store.duck import count
from agentlab.store.lake import Lake
from agentlab.store.query import QueryResult
from agentlab.store.reader import TRUSTED, Reader, confined
from agentlab.store.segment import sizes
from agentlab.store.spool import Spool
from agentlab.types import Event

CROWD_FILES = 64
"""Files in the spool ..."""
CROWD_BYTES = 16_000_000
"""... or bytes, from which a drain is due even where no worker and no app is open."""


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """How the store is, for ``agentlab doctor``."""

    rows: int
    """Spans that have ended, or crashed, wherever they are kept."""
    segments: int
    """Files in the spool."""
    waiting_bytes: int
    """Bytes in the spool. Written by living processes, they stay until these end or their file is full."""
    failed_writes: int
    """Events that this process could not write."""
    last_error: str
    """Why the last write or drain of this process failed; empty where none did."""


class TraceStore:
    """The store under ``folder``. Opening it reads and makes nothing; the first record does.

    Any number of processes may record, drain and read at the same time. Implements the ``Recorder`` port.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder).absolute()
        self._spool = Spool(self.folder / "spool")
        self._lake = Lake(self.folder)
        self._trusted = Reader(self.folder, TRUSTED)
        self._confined: dict[int, Reader] = {}
        self._last_error = ""

    def record(self, event: Event) -> None:
        """Keep ``event``; on return it survives the death of this process. Never raises for a failing disk."""
        self._spool.record(event)

    def drain(self) -> int:
        """Move finished spans into the lake. Returns how many rows; 0 also where another process is at it.

        Never needed for reading, which sees the spool too. Raises ``StoreUnusable``, having lost nothing.
        """
        try:
            rows = self._lake.drain()
        except StoreUnusable as error:
            self._last_error = error.message
            raise
        self._last_error = ""
        return rows

    def crowded(self) -> bool:
        """Whether the spool has grown so far that readers would feel it, and a drain is due."""
        waiting = sizes(self.folder / "spool")
        return len(waiting) > CROWD_FILES or sum(waiting.values()) > CROWD_BYTES

    def sql(self, sql: str) -> duckdb.DuckDBPyRelation:
        """Any query over the views, as a relation with ``.pl()``, ``.df()`` and ``.fetchall()``; for trusted users.

        It is read when it is asked for its rows, and shows the moment of this call however often that is.
        Raises ``QueryInvalid`` where the query is wrong or gives no rows.
        """
        try:
            relation = self._trusted.snapshot().sql(sql)
        except duckdb.Error as error:
            raise query.invalid(error) from error
        if relation is None:
            raise QueryInvalid("The statement gives no rows.", hint="Ask with SELECT, WITH, FROM or DESCRIBE.")
        return relation

    def query(
        self, sql: str, *, max_rows: int = 10_000, timeout_s: float = 30.0, memory_mb: int = 1_024
    ) -> QueryResult:
        """One read-only statement, safe to take from anyone.

        ``timeout_s`` is in seconds, ``memory_mb`` in megabytes. Raises ``QueryInvalid``.
        """
        reader = self._confined.get(memory_mb)
        if reader is None:
            reader = self._confined.setdefault(memory_mb, Reader(self.folder, confined(self.folder, memory_mb)))
        return query.run(reader.snapshot(), sql, max_rows=max_rows, timeout_s=timeout_s)

    def health(self) -> StoreHealth:
        """How the store is. Raises ``StoreUnusable`` where it cannot be read at all."""
        waiting, writing = sizes(self.folder / "spool"), self._spool.health()
        rows = count(self._trusted.snapshot(), "SELECT count(*) FROM spans WHERE status <> 'running'")
        return StoreHealth(
            rows=rows,
            segments=len(waiting),
            waiting_bytes=sum(waiting.values()),
            failed_writes=writing.failed,
            last_error=writing.last_error or self._last_error,
        )

    def close(self) -> None:
        """Let go of every file. Relations that are still held stay valid, and the store may be used again."""
        self._spool.close()
        self._lake.close()
        for reader in (self._trusted, *self._confined.values()):
            reader.close()
