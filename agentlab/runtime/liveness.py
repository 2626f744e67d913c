"""Who is alive. Open-source DBOS does not know, so each process holds a lock and leaves a heartbeat.

On one host the lock decides: the system frees it when a process dies, however it dies. Between hosts the heartbeat does.
"""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import threading
import time
from pathlib import Path

import sqlalchemy as sa

from agentlab.sql import create_tables

BEAT_S = 2.0
"""Seconds between heartbeats."""
SILENT_S = 10.0
"""Seconds of silence after which a process on another host counts as dead."""

_log = logging.getLogger(__name__)
_tables = sa.MetaData()
_processes = sa.Table(
    "processes",
    _tables,
    sa.Column("executor", sa.String(64), primary_key=True),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("worker", sa.Boolean, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
)


class Liveness:
    """The processes of this lab, as far as this host and the database know."""

    def __init__(self, database: sa.Engine, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._host = socket.gethostname()
        self._lock: int | None = None
        self._stop = threading.Event()
        create_tables(database, _tables)

    def join(self, executor: str, *, worker: bool) -> None:
        """Be alive as ``executor`` until ``leave`` or death."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self._folder / f"{executor}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        row = {"executor": executor, "host": self._host, "pid": os.getpid(), "worker": worker, "seen_at": time.time()}
        with self._database.begin() as connection:
            connection.execute(sa.insert(_processes), row)
        threading.Thread(target=self._beat, args=(executor,), name="agentlab-heartbeat", daemon=True).start()

    def leave(self, executor: str) -> None:
        """Stop being alive; runs still held by ``executor`` are free for others."""
        self._stop.set()
        self.forget(executor)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def is_alive(self, executor: str) -> bool:
        """Whether the process behind ``executor`` may still be working."""
        held = self._lock_held(executor)
        if held is not None:
            return held
        with self._database.connect() as connection:
            query = sa.select(_processes.c.seen_at, _processes.c.host).where(_processes.c.executor == executor)
            row = connection.execute(query).one_or_none()
        if row is None or row.host == self._host:
            return False
        return bool(time.time() - row.seen_at < SILENT_S)

    def workers(self) -> int:
        """How many workers are alive."""
        query = sa.select(_processes.c.executor).where(_processes.c.worker)
        with self._database.connect() as connection:
            names = [name for (name,) in connection.execute(query)]
        return sum(self.is_alive(name) for name in names)

    def forget(self, executor: str) -> None:
        """Remove what a process that left, or died, has left behind."""
        with self._database.begin() as connection:
            connection.execute(sa.delete(_processes).where(_processes.c.executor == executor))
        (self._folder / f"{executor}.lock").unlink(missing_ok=True)

    def dead(self) -> list[str]:
        """Processes that are registered and no longer alive."""
        with self._database.connect() as connection:
            names = [name for (name,) in connection.execute(sa.select(_processes.c.executor))]
        return [name for name in names if not self.is_alive(name)]

    def _lock_held(self, executor: str) -> bool | None:
        """Whether a process on this host holds the lock; None where this host has no such lock."""
        try:
            descriptor = os.open(self._folder / f"{executor}.lock", os.O_RDWR)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def _beat(self, executor: str) -> None:
        beat = sa.update(_processes).where(_processes.c.executor == executor)
        while not self._stop.wait(BEAT_S):
            try:
                with self._database.begin() as connection:
                    connection.execute(beat.values(seen_at=time.time()))
            except sa.exc.SQLAlchemyError as error:
                _log.warning("A heartbeat was missed; the next one comes in %g s: %s", BEAT_S, error)
