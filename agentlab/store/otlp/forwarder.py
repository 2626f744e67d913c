"""The forwarder: sends what this lab recorded on to a collector, at least once, whatever is killed or down meanwhile.

It reads the lake and not the process that records: no run and no drain ever waits for a collector. Rows of the lake have
numbers that only grow and that survive merges; how far they were sent is in one small file, replaced after each answer.
"""

from __future__ import annotations

import logging
import random
import threading
from typing import Any

import duckdb

from agentlab.errors import CollectorUnusable, StoreUnusable
from agentlab.store import engine as engines
from agentlab.store import forks
from agentlab.store.otlp.collector import Collector, Refused
from agentlab.store.otlp.content import without_content
from agentlab.store.otlp.place import Place
from agentlab.store.otlp.request import write
from agentlab.store.rows import complete, notes_of, spans_of
from agentlab.store.schema import literal
from agentlab.store.traces import TraceStore
from agentlab.trace import HOST
from agentlab.types import Span

BATCH = 500
"""Spans in one request."""
AHEAD = 5_000
"""Spans that are read from the lake at the same time."""
LONGEST_WAIT_S = 60.0
"""Seconds between two attempts at most, unless the collector asks for more."""
OWN = "service IS NULL"
"""What this lab recorded itself. What came in by OTLP is not sent on: two labs that point at each other would never end."""
_TABLES = ("spans", "crashes")

logger = logging.getLogger(__name__)


class Forwarder:
    """Sends on in a thread, from ``start`` to ``stop``, or once with ``forward``.

    Several processes may have one; whichever holds the lock sends. ``content`` says whether prompts, answers and
    arguments go too. The first start begins with what is recorded from then on.
    """

    def __init__(self, store: TraceStore, collector: Collector, *, content: bool = False, every_s: float = 1.0) -> None:
        self._store = store
        self._collector = collector
        self._content = content
        self._every_s = every_s
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._place = Place(store.folder)
        self._seen: tuple[int, dict[str, int]] | None = None
        """The state of the lake and the place when all of it had been sent."""
        forks.watch(self)

    def start(self) -> None:
        """Begin; a second call changes nothing. From here on nothing that is recorded is missed."""
        if self._thread is None:
            with self._place.alone() as mine:
                if mine:
                    self._mark_beginning()
            self._stopping.clear()
            self._thread = threading.Thread(target=self._work, name="agentlab-forwarder", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End, after one last attempt where the collector is well; what was not sent is sent after the next start."""
        if self._thread is not None:
            self._stopping.set()
            self._thread.join()
            self._thread = None
        self._close()

    def forward(self) -> int:
        """Send everything in the lake that was not sent yet. Returns how many spans; 0 also where another process is at it.

        Raises ``CollectorUnusable`` where the collector does not take them, and ``StoreUnusable``.
        """
        with self._place.alone() as mine:
            if not mine:
                return 0
            try:
                self._mark_beginning()
                return self._forward_new()
            except duckdb.Error as error:
                self._close()
                raise StoreUnusable(
                    f"The traces under {self._store.folder} cannot be sent on: {engines.said(error)}",
                    hint="Run agentlab doctor.",
                ) from error

    def rewind(self) -> None:
        """Begin again with the first span that is kept."""
        with self._place.alone() as mine:
            if not mine:
                raise StoreUnusable("Another process is sending traces on right now.", hint="Try again in a moment.")
            self._place.write({})

    def forked(self) -> None:
        """Leave the parent's connections to the parent."""
        engines.abandon(self._connection)
        self._connection, self._thread = None, None
        self._collector.forget()
        self._place.forked()

    def _work(self) -> None:
        failures, wait_s = 0, self._every_s
        while not self._stopping.wait(wait_s):
            failures, wait_s = self._attempt(failures)
        if not failures:
            self._attempt(failures)

    def _attempt(self, failures: int) -> tuple[int, float]:
        """One attempt: how many failed in a row now, and seconds to the next."""
        try:
            self.forward()
        except (CollectorUnusable, StoreUnusable) as error:
            if not failures:
                logger.warning("%s", error)
            usual = min(LONGEST_WAIT_S, self._every_s * 2**failures) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
            return min(failures + 1, 16), max(usual, error.context.get("retry_after_s", 0.0))
        if failures:
            logger.warning("The collector at %s takes traces again.", self._collector.url)
        return 0, self._every_s

    def _forward_new(self) -> int:
        """Nothing is looked for where lake and place are as they were after the last time: that look takes milliseconds."""
        tables, place = self._tables(), self._place.read()
        state = engines.count(self._open(), "SELECT id FROM lake.current_snapshot()") if tables else -1
        if (state, place) == self._seen:
            return 0
        sent = sum(self._forward(table) for table in tables)
        self._seen = state, self._place.read()
        return sent

    def _forward(self, table: str) -> int:
        sent = 0
        while True:
            last, names, rows = self._next(table)
            for start in range(0, len(rows), BATCH):
                batch = rows[start : start + BATCH]
                spans = spans_of(names, [row[1:] for row in batch])
                self._fill(spans)
                sent += self._send(spans)
                self._place.reached(table, batch[-1][0])
            if len(rows) < AHEAD:
                self._place.reached(table, last)
                return sent

    def _next(self, table: str) -> tuple[int, list[str], list[tuple[Any, ...]]]:
        """The next rows to send, their numbers first; and the last number of all, where these are the last rows."""
        lake, reached = self._open(), self._place.read().get(table, -1)
        newer = f"FROM lake.{table} WHERE rowid > {reached}"
        lake.execute("BEGIN")
        try:
            found = lake.execute(f"SELECT rowid, * {newer} AND {self._own()} ORDER BY rowid LIMIT {AHEAD}")
            names, rows = [name for name, *_ in found.description or ()][1:], found.fetchall()
            last = (
                reached
                if len(rows) == AHEAD
                else engines.count(lake, f"SELECT coalesce(max(rowid), {reached}) {newer}")
            )
            return last, names, rows
        finally:
            lake.execute("COMMIT")

    def _own(self) -> str:
        """Of a lake that several hosts share, each sends what it recorded."""
        return f"{OWN} AND host = {literal(HOST)}" if self._store.engine.shared else OWN

    def _fill(self, spans: list[Span]) -> None:
        """Add payloads and notes."""
        ids = [span.span_id for span in spans]
        payloads = self._store.payloads(ids) if self._content else {}
        listed = ", ".join(map(literal, ids))
        notes = self._store.sql(f"SELECT * FROM notes WHERE span_id IN ({listed})")
        complete(spans, payloads, notes_of(notes.columns, notes.fetchall()))

    def _send(self, spans: list[Span]) -> int:
        """Send the spans, fewer at once where that is too much; one that is never taken is left out. Returns how many went."""
        try:
            said = self._collector.send(write(spans if self._content else map(without_content, spans), "protobuf"))
        except Refused as error:
            if error.too_large and len(spans) > 1:
                middle = len(spans) // 2
                return self._send(spans[:middle]) + self._send(spans[middle:])
            logger.warning("The collector at %s will not take %d spans: %s.", self._collector.url, len(spans), error)
            return 0
        if said:
            logger.warning("The collector at %s says: %s", self._collector.url, said)
        return len(spans)

    def _mark_beginning(self) -> None:
        if self._place.unknown():
            last = "SELECT coalesce(max(rowid), -1) FROM lake."
            self._place.write({table: engines.count(self._open(), last + table) for table in self._tables()})

    def _tables(self) -> list[str]:
        if self._connection is None and not self._store.engine.made():
            return []
        known = engines.tables(self._open())
        return [table for table in _TABLES if table in known]

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            connection = self._store.engine.connect()
            self._store.engine.attach(connection)
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._collector.close()
