"""The trace store: everything that is recorded, and everything that can be asked about it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import orjson

from agentlab.errors import QueryInvalid, StoreUnusable
from agentlab.store import query
from agentlab.store.engine import Engine, count
from agentlab.store.lake import Lake
from agentlab.store.line import encode, encode_content, encode_note, encode_payload
from agentlab.store.losses import Loss, Losses, buried, losses
from agentlab.store.query import QueryResult
from agentlab.store.reader import TRUSTED, Reader, confined
from agentlab.store.redact import Redaction
from agentlab.store.schema import literal
from agentlab.store.segment import sizes
from agentlab.store.spool import Spool
from agentlab.trace import utc_now
from agentlab.types import Event, Note, Payload, Scope, Span
from agentlab.types.ids import new_id

CROWD_FILES = 64
"""Files in the spool ..."""
CROWD_BYTES = 16_000_000
"""... or bytes, from which a drain is due even where no worker and no app is open."""
BLOB_BYTES = 64_000
"""Payloads of more bytes than this lie apart, by their hash, so that one that comes often is kept once."""


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
        self._redaction = redaction or Redaction()
        self._project = project
        self._spool = Spool(self.folder / "spool", synced=durable)
        self._payloads = Spool(self.folder / "payloads", synced=durable)
        self._losses = Losses(self.folder)
        self._failing = False
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
        span = event.span
        if span.project is None:
            span.project = self._project
        line = encode(event)
        if self._redaction.suspects(line, after=b'"project":'):
            event = self._redaction.event(event)
            span, line = event.span, encode(event)
        if event.phase == "start":
            self._wrote(self._spool.append(line, opens=span.span_id))
            return line
        for role, content in span.payloads.items():
            self._keep(span, role, content)
        for note in span.notes:
            self.note(note, about=span)
        self._wrote(self._spool.append(line, ends=span.span_id))
        return line

    def note(self, note: Note, *, about: Span | Scope | None = None) -> None:
        """Keep a note, without its secrets; ``about`` fills in the ids that it lacks."""
        if about:
            note.run_id, note.trace_id = note.run_id or about.run_id, note.trace_id or about.trace_id
            span_id = about.span_id if isinstance(about, Span) else about.parent_span_id
            note.span_id, note.project = note.span_id or span_id, note.project or getattr(about, "project", None)
        note.project = note.project or self._project
        line = encode_note(note)
        if self._redaction.suspects(line, after=b'"name":'):
            line = encode_note(self._redaction.note(note))
        self._wrote(self._spool.append(line))

    @property
    def failing(self) -> bool:
        """Whether the last thing recorded here could not be written."""
        return self._failing

    def drain(self) -> int:
        """Move finished spans into the lake. Returns how many rows; 0 also where another process is at it.

        Never needed for reading, which sees the spool too. Raises ``StoreUnusable``, having lost nothing.
        """
        for loss in buried(self.folder):
            self._report(loss.waiting + loss.lost, loss.error, f"loss_{loss.writer}")
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
            damaged=sum(path.read_bytes().count(b"\n") for path in (self.folder / "damaged").glob("*.jsonl")),
            last_error=self._last_error,
        )

    def close(self) -> None:
        """Let go of every file. Relations that are still held stay valid, and the store may be used again."""
        unwritten = not (self._spool.flush() and self._payloads.flush())
        if unwritten:
            self._tell()
        self._losses.close(keep=unwritten)
        self._spool.close()
        self._payloads.close()
        self.lake.close()
        for reader in (self._trusted, *self._confined.values()):
            reader.close()

    # --- parts ----------------------------------------------------------------------------------------------------

    def _keep(self, span: Span, role: str, content: Any) -> None:
        encoded = encode_content(content)
        if self._redaction.suspects(encoded):
            encoded = encode_content(self._redaction.value(orjson.loads(encoded)))
        blob = self._apart(encoded) if len(encoded) > BLOB_BYTES else None
        payload = Payload(
            span_id=span.span_id,
            trace_id=span.trace_id,
            run_id=span.run_id,
            project=span.project,
            role=role,
            recorded_at=span.started_at,
            bytes=len(encoded),
            sha256=blob,
        )
        self._wrote(self._payloads.append(encode_payload(payload, None if blob else encoded)))

    def _apart(self, content: bytes) -> str | None:
        """Write a large payload as a file of its own. Returns its hash; None where that cannot be done."""
        name = sha256(content).hexdigest()
        path = self.folder / "blobs" / name
        aside = path.with_name(f"{name}.{os.getpid()}")
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                aside.write_bytes(content)
                aside.replace(path)
        except OSError:
            return None
        return name

    def _blob(self, cursor: duckdb.DuckDBPyConnection, name: str) -> bytes | None:
        try:
            return (self.folder / "blobs" / name).read_bytes()
        except FileNotFoundError:
            row = cursor.execute(f"SELECT data FROM lake.blobs WHERE sha256 = {literal(name)} LIMIT 1").fetchone()
            return bytes(row[0]) if row else None

    def _wrote(self, written: bool) -> None:
        """Keep the report of what cannot be written up to date; a good write costs one comparison."""
        if written and not self._failing:
            if not self._losses.ready:
                self._losses.prepare(self._spool.writer)
        elif not written:
            self._failing = True
            self._losses.prepare(self._spool.writer)
            self._tell()
        elif self._spool.flush() and self._payloads.flush():
            self._failing = False
            if lost := self._spool.forgive() + self._payloads.forgive():
                self._report(lost, "the disk took nothing for a while", new_id("loss"))
            self._losses.tell(0, 0, "")

    def _tell(self) -> None:
        now = (self._spool.health(), self._payloads.health())
        self._losses.tell(sum(it.waiting for it in now), sum(it.lost for it in now), now[0].error or now[1].error)

    def _report(self, lost: int, error: str, note_id: str) -> None:
        text = f"{lost} lines could not be written: {error}"
        self.note(
            Note(
                note_id=note_id,
                kind="loss",
                recorded_at=utc_now(),
                name="lines",
                value=lost,
                text=text,
                author="agentlab",
            )
        )
