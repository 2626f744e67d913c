"""The trace store: everything that is recorded, and everything that can be asked about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import orjson

from agentlab.errors import QueryInvalid, StoreUnusable
from agentlab.store import query
from agentlab.store.engine import Engine, count
from agentlab.store.lake import Lake
from agentlab.store.losses import Loss, losses
from agentlab.store.query import QueryResult
from agentlab.store.reader import TRUSTED, Reader, confined
from agentlab.store.redact import Redaction
from agentlab.store.schema import literal
from agentlab.store.segment import sizes
from agentlab.store.writer import Writer
from agentlab.types import Event, Note, Scope, Span

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
    losses: tuple[Loss, ...]
    """What living and dead processes cannot write, or could not and nobody has reported yet."""
    lost: int
    """Lines that were lost for good so far, in all processes."""
    damaged: int
    """Lines of the spool that could not be read; they are kept under ``damaged``."""
    last_error: str
    """Why the last drain of this process failed; empty where it did not."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that keeps traces from being kept."""

    message: str
    hint: str


class TraceStore:
    """The store of ``engine``, or in a folder. Opening it reads and makes nothing; the first record does.

    Any number of processes may record, drain and read at the same time. Implements the ``Recorder`` port.
    ``durable`` puts each line on the disk before ``record`` returns, so that a power cut loses nothing either.
    """

    def __init__(
        self,
        engine: Engine | Path,
        *,
        redaction: Redaction | None = None,
        project: str | None = None,
        durable: bool = False,
    ) -> None:
        self.engine = engine if isinstance(engine, Engine) else Engine(folder=Path(engine).absolute())
        self.folder = self.engine.folder
        self.redaction = redaction or Redaction()
        """What is taken out of everything before it is written."""
        self.writer = Writer(self.folder, self.redaction, project=project, durable=durable)
        self.lake = Lake(self.engine)
        self._trusted = Reader(self.engine, TRUSTED)
        self._confined: dict[int, Reader] = {}
        self._last_error = ""

    # --- writing --------------------------------------------------------------------------------------------------

    def record(self, event: Event) -> bytes:
        """Keep ``event``, without its secrets; on return it survives the death of this process.

        What a span brings along (payloads, notes) is kept with its end, and before it. Never raises for a failing disk.
        Returns the line that was written: the span as JSON.
        """
        return self.writer.record(event)

    def note(self, note: Note, *, about: Span | Scope | None = None) -> None:
        """Keep a note, without its secrets; ``about`` fills in the ids that it lacks."""
        self.writer.note(note, about=about)

    @property
    def failing(self) -> bool:
        """Whether the last thing recorded here could not be written."""
        return self.writer.failing

    def drain(self) -> int:
        """Move finished spans into the lake. Returns how many rows; 0 also where another process is at it.

        Never needed for reading, which sees the spool too. Raises ``StoreUnusable``, having lost nothing.
        """
        self.writer.bury()
        try:
            rows = self.lake.drain()
        except StoreUnusable as error:
            self._last_error = error.message
            raise
        self._last_error = ""
        return rows

    def waiting_bytes(self) -> int:
        """Bytes in the spool, those of living writers that were moved already too."""
        return sum(sum(sizes(self.folder / stream).values()) for stream in ("spool", "payloads"))

    def crowded(self) -> bool:
        """Whether the spool has grown so far that readers would feel it, and a drain is due."""
        return len(sizes(self.folder / "spool")) > CROWD_FILES or self.waiting_bytes() > CROWD_BYTES

    def due(self) -> bool:
        """Whether to drain before leaving: a crowded spool, or one whose rows other machines wait for."""
        return self.crowded() or (self.engine.shared and self.waiting_bytes() > 0)

    # --- reading --------------------------------------------------------------------------------------------------

    def sql(self, sql: str) -> duckdb.DuckDBPyRelation:
        """Any query over the views, as a relation with ``.pl()``, ``.df()``, ``.arrow()`` and ``.fetchall()``; for trusted users.

        It is read when it is asked for its rows, and shows the moment of this call however often that is.
        Raises ``QueryInvalid`` where the query is wrong or gives no rows.
        """
        try:
            relation = self._trusted.snapshot(payloads="payloads" in sql.lower()).sql(sql)
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
            reader = self._confined.setdefault(memory_mb, Reader(self.engine, confined(self.engine, memory_mb)))
        cursor = reader.snapshot(payloads="payloads" in sql.lower())
        return query.run(cursor, sql, max_rows=max_rows, timeout_s=timeout_s)

    def payloads(self, span_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """What these spans took in and gave out: by span id and role, as plain data; those kept apart too."""
        wanted = ", ".join(literal(span_id) for span_id in span_ids)
        if not wanted:
            return {}
        cursor = self._trusted.snapshot()
        rows = cursor.execute(
            f"SELECT span_id, role, content, sha256 FROM payloads WHERE span_id IN ({wanted}) ORDER BY recorded_at"
        ).fetchall()
        found: dict[str, dict[str, Any]] = {}
        for span_id, role, content, blob in rows:
            text = self._blob(cursor, blob) if blob else content
            found.setdefault(span_id, {})[role] = None if text is None else orjson.loads(text)
        return found

    def health(self) -> StoreHealth:
        """How the store is. Raises ``StoreUnusable`` where it cannot be read at all."""
        cursor = self._trusted.snapshot(payloads=False)
        counted = "SELECT sum(value) FROM (SELECT DISTINCT note_id, value FROM notes WHERE kind = 'loss')"
        return StoreHealth(
            rows=count(cursor, "SELECT count(*) FROM spans WHERE status <> 'running'"),
            segments=len(sizes(self.folder / "spool")),
            waiting_bytes=self.waiting_bytes(),
            losses=tuple(losses(self.folder)),
            lost=count(cursor, f"SELECT coalesce(({counted}), 0)::BIGINT"),
            damaged=self._damaged(),
            last_error=self._last_error,
        )

    def trouble(self) -> Trouble | None:
        """What is wrong with keeping traces just now, here and in other processes; None where all is well. Takes no time."""
        if found := losses(self.folder):
            waiting, lost = sum(loss.waiting for loss in found), sum(loss.lost for loss in found)
            return Trouble(
                f"{waiting:,} lines of traces wait for the disk, {lost:,} are lost: {found[-1].error}.",
                f"Make room, or make {self.folder} writable. Runs go on meanwhile.",
            )
        if self._last_error:
            return Trouble(self._last_error, "They are safe in the spool; docs/how-to/repair.md tells more.")
        if damaged := self._damaged():
            return Trouble(
                f"{damaged:,} damaged lines of the spool were set aside.",
                f"Look at {self.folder / 'damaged'}, then delete it; docs/how-to/repair.md tells more.",
            )
        return None

    def _damaged(self) -> int:
        return sum(path.read_bytes().count(b"\n") for path in (self.folder / "damaged").glob("*.jsonl"))

    def close(self) -> None:
        """Let go of every file. Relations that are still held stay valid, and the store may be used again."""
        self.writer.close()
        self.lake.close()
        for reader in (self._trusted, *self._confined.values()):
            reader.close()

    def _blob(self, cursor: duckdb.DuckDBPyConnection, name: str) -> bytes | None:
        try:
            return (self.folder / "blobs" / name).read_bytes()
        except FileNotFoundError:
            row = cursor.execute(f"SELECT data FROM lake.blobs WHERE sha256 = {literal(name)} LIMIT 1").fetchone()
            return bytes(row[0]) if row else None
