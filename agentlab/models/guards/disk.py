"""The cache as one SQLite file, used by several processes at once. It may vanish, break or be locked: no call fails for it."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from agentlab.models.guards.cache import MEGABYTE
from agentlab.models.guards.waiting import Lane, Outage, Patience

T = TypeVar("T")
KEEP = 0.95
"""How much of the full size is left when the oldest answers have gone."""
DROP = 10
"""Answers that go at a time."""
PUTS_PER_SWEEP = 200
"""Answers after which those that are too old are looked for."""
RETRY_S = 0.01
"""Seconds between two tries to make the file."""
PREPARE = """
pragma journal_mode = wal;
pragma synchronous = normal;
create table if not exists answers (key text primary key, text text not null, expires real not null);
create index if not exists answers_expires on answers (expires)
"""

logger = logging.getLogger(__name__)


class DiskCache:
    """Answers in the file ``path``, which is made with the first one; ``megabytes`` at most, the oldest go first."""

    def __init__(
        self, path: Path, ttl_s: float, megabytes: float, *, now: Callable[[], float], lane: Lane, patience: Patience
    ) -> None:
        self._path = path
        self._ttl_s = ttl_s
        self._most = int(megabytes * MEGABYTE)
        self._now = now
        self._lane = lane
        self._lock_s = patience.answer_s
        self._outage = Outage(
            f"The cache of model answers {path}", "Answers are not cached until it can.", rest_s=patience.rest_s
        )
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._opened_by = 0
        self._inode = 0
        self._puts = 0

    async def read(self, key: str) -> str | None:
        """The text under ``key``, unless it is too old."""
        return await self._do(lambda database: self._read(database, key))

    async def write(self, key: str, text: str) -> None:
        """Keep ``text``, in place of what was there."""
        if len(text) <= self._most * KEEP:
            await self._do(lambda database: self._write(database, key, text))

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            self._let_go()

    def _read(self, database: sqlite3.Connection, key: str) -> str | None:
        row = database.execute("select text from answers where key = ? and expires > ?", (key, self._now())).fetchone()
        return row[0] if row and isinstance(row[0], str) else None

    def _write(self, database: sqlite3.Connection, key: str, text: str) -> None:
        now = self._now()
        if self._puts % PUTS_PER_SWEEP == 0:
            database.execute("delete from answers where expires <= ?", (now,))
        self._puts += 1
        database.execute("insert or replace into answers values (?, ?, ?)", (key, text, now + self._ttl_s))
        if self._size(database) > self._most:
            while self._size(database) > self._most * KEEP:
                # A row that is replaced gets a new rowid: the lowest ones are the oldest.
                oldest = "select rowid from answers order by rowid limit ?"
                if not database.execute(f"delete from answers where rowid in ({oldest})", (DROP,)).rowcount:  # noqa: S608
                    break

    def _size(self, database: sqlite3.Connection) -> int:
        """Bytes of the pages in use; those that are free are used again before the file grows."""
        pages, free, size = (
            int(database.execute(f"pragma {what}").fetchone()[0])
            for what in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        state = self._outage.may_try()
        if state is None:
            return None
        return await self._lane.run(lambda: self._try(work, state))

    def _try(self, work: Callable[[sqlite3.Connection], T], state: int) -> T | None:
        with self._lock:
            if not self._outage.unchanged_since(state):  # one that was before this in the queue found it out of order
                return None
            try:
                try:
                    result = self._with_file(work)
                except sqlite3.OperationalError:  # locked, full, no place: mending makes it no better
                    raise
                except sqlite3.DatabaseError as error:
                    self._throw_away(error)
                    result = self._with_file(work)
            except (sqlite3.Error, OSError) as error:
                self._let_go()
                self._outage.began(state, str(error))
                return None
        self._outage.ended(state)
        return result

    def _with_file(self, work: Callable[[sqlite3.Connection], T]) -> T:
        database = self._open()
        with database:
            return work(database)

    def _open(self) -> sqlite3.Connection:
        if self._database is not None and self._opened_by == os.getpid() and self._inode == _inode(self._path):
            return self._database
        self._let_go()
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make_private(self._path)
        database = sqlite3.connect(self._path, timeout=self._lock_s, check_same_thread=False)
        self._database, self._opened_by = database, os.getpid()
        self._prepare(database)
        self._inode = _inode(self._path)
        return database

    def _prepare(self, database: sqlite3.Connection) -> None:
        deadline = time.monotonic() + self._lock_s
        while True:
            try:
                for statement in PREPARE.split(";"):
                    database.execute(statement)
                return
            except sqlite3.OperationalError:
                # Where several processes make the file at once, SQLite refuses some at once instead of letting them wait.
                if time.monotonic() > deadline:
                    raise
                time.sleep(RETRY_S)

    def _let_go(self) -> None:
        database, self._database = self._database, None
        # A forked child leaves its parent's connection alone: closing it would drop the parent's locks.
        if database is not None and self._opened_by == os.getpid():
            with suppress(sqlite3.Error):
                database.close()

    def _throw_away(self, error: sqlite3.Error) -> None:
        """Delete the damaged file, unless another process has just done so; the log of writes first, lest it be played in."""
        damaged = self._inode or _inode(self._path)
        self._let_go()
        self._inode = 0
        if damaged == _inode(self._path):
            logger.warning("The cache of model answers %s is damaged (%s) and begins anew.", self._path, error)
            for end in ("-wal", "-shm", ""):
                Path(f"{self._path}{end}").unlink(missing_ok=True)


def _make_private(path: Path) -> None:
    """For the eyes of its owner only, from the first byte; SQLite gives the files beside it the same rights."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with suppress(OSError):  # another's, who has made it so
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except OSError:
        return 0
