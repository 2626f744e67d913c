"""What viewers watch: the events of runs, for as long as anyone may look. The trace store holds them for good.

Written in small batches beside the run, never in its way; a process that dies takes its last batch with it.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from typing import Any

import sqlalchemy as sa

from agentlab.sql import create_tables

BATCH_S = 0.02
"""Seconds that an event waits for company."""
KEEP_S = 24 * 3_600
"""Seconds that events are kept."""

_tables = sa.MetaData()
_events = sa.Table(
    "live_events",
    _tables,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("run_id", sa.String(64), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("live_events_run", "run_id", "seq"),
    sqlite_autoincrement=True,
)
_log = logging.getLogger(__name__)


class LiveLog:
    """Events of runs in a table that any process can follow."""

    def __init__(self, database: sa.Engine) -> None:
        self._database = database
        self._waiting: queue.SimpleQueue[tuple[str, str] | threading.Event] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        create_tables(database, _tables)

    def record(self, run_id: str, line: bytes) -> None:
        """Take an event, encoded as the trace store keeps it, along to the next batch."""
        if self._thread is None:
            self._start()
        self._waiting.put((run_id, line.decode()))

    def flush(self) -> None:
        """Wait until everything recorded so far is in the table, one second at most."""
        if self._thread is None:
            return
        written = threading.Event()
        self._waiting.put(written)
        written.wait(1.0)

    def read(self, run_id: str, after: int = 0, limit: int = 1_000) -> list[tuple[int, dict[str, Any]]]:
        """Events of ``run_id`` with a number above ``after``, oldest first, as (number, columns and phase)."""
        query = (
            sa.select(_events.c.seq, _events.c.body)
            .where(_events.c.run_id == run_id, _events.c.seq > after)
            .order_by(_events.c.seq)
            .limit(limit)
        )
        with self._database.connect() as connection:
            return [(seq, json.loads(body)) for seq, body in connection.execute(query)]

    def forget_old(self) -> None:
        """Drop events older than a day."""
        with self._database.begin() as connection:
            connection.execute(sa.delete(_events).where(_events.c.at < time.time() - KEEP_S))

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write_for_ever, name="agentlab-live", daemon=True)
                self._thread.start()

    def _write_for_ever(self) -> None:
        while True:
            batch = [self._waiting.get()]
            time.sleep(BATCH_S)
            while not self._waiting.empty():
                batch.append(self._waiting.get())
            try:
                self._write([item for item in batch if isinstance(item, tuple)])
            except sa.exc.SQLAlchemyError as error:
                _log.warning("Live events were lost (the trace has them): %s", error)
            for item in batch:
                if isinstance(item, threading.Event):
                    item.set()

    def _write(self, lines: list[tuple[str, str]]) -> None:
        if not lines:
            return
        now = time.time()
        rows = [{"run_id": run_id, "at": now, "body": line} for run_id, line in lines]
        with self._database.begin() as connection:
            connection.execute(sa.insert(_events), rows)
