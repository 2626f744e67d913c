"""The spool: each process appends what it records to a file of its own, and a line is safe once ``append`` returns.

Safe means: in the hands of the operating system, so that ``kill -9`` of this process cannot lose it; with ``synced`` it is on
the disk as well, so that a power cut cannot either. A segment is locked for as long as its writer lives; readers and drains
tell the dead from the living by that lock alone.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agentlab.failpoints import reach
from agentlab.store import forks
from agentlab.store.line import encode
from agentlab.types import Event

ROLL_BYTES = 8_000_000
"""Size at which a segment is left behind for a new one."""
BACKLOG_BYTES = 4_000_000
"""Bytes of lines that wait in memory for a disk that takes nothing; beyond it the oldest are lost."""
CHECK_S = 1.0
"""Seconds between two looks at whether the segment still has a name: what is written to a deleted file is lost."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SpoolHealth:
    """How writing goes in this process."""

    waiting: int
    """Lines that wait in memory because they could not be written."""
    lost: int
    """Lines that were given up."""
    error: str
    """Why the last write failed; empty where none did, or since writing works again."""


class Spool:
    """Lines in ``folder``, which is made with the first one, as is the segment.

    Threads may share it; a forked child goes on in a segment of its own. A failing disk does not break the run: lines that
    cannot be written wait in memory, in order, and are written once they can be; what is lost is counted.
    """

    def __init__(self, folder: Path, *, roll_bytes: int = ROLL_BYTES, synced: bool = False) -> None:
        self._folder = folder
        self._full = roll_bytes
        self._synced = synced
        self._lock = threading.Lock()
        self._lost = 0
        self._start_over()
        forks.watch(self)

    @property
    def writer(self) -> str:
        """The name of this writer: part of the names of its segments."""
        return self._writer

    def record(self, event: Event) -> None:
        """Append the line of an event."""
        self.append(
            encode(event), opens=event.span.span_id if event.phase == "start" else None, ends=event.span.span_id
        )

    def append(self, line: bytes, *, opens: str | None = None, ends: str | None = None) -> bool:
        """Append a line with its newline. Returns whether it, and all before it, are written; never raises for a failing disk.

        A line that ``opens`` a span is told again in every further segment until one ``ends`` it.
        """
        with self._lock:
            written = self._try(line)
            if opens is not None:
                self._open[opens] = line
            elif self._open and ends is not None:
                self._open.pop(ends, None)
            return written

    def flush(self) -> bool:
        """Try once more to write what waits in memory. Returns whether nothing waits any more."""
        with self._lock:
            with suppress(OSError):
                if self._backlog:
                    self._make_room()
                    self._catch_up()
            return not self._backlog

    def forgive(self) -> int:
        """Take the count of lost lines: it is about to be reported for good."""
        with self._lock:
            lost = self._lost
            self._lost = 0
        return lost

    def close(self) -> None:
        """Let go of the segment, so that a drain may remove it. A later line opens another one."""
        self.flush()
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
            self._start_over()

    def health(self) -> SpoolHealth:
        """How writing goes in this process."""
        return SpoolHealth(waiting=len(self._backlog), lost=self._lost, error=self._error)

    def forked(self) -> None:
        """Leave the parent's segment, and what waits, to the parent: a copy of its descriptor would keep its lock alive."""
        if self._fd >= 0:
            os.close(self._fd)
        self._lock = threading.Lock()
        self._start_over()

    def _start_over(self) -> None:
        self._fd, self._size, self._torn = -1, 0, False
        self._check_at = 0.0
        self._writer, self._stamp = f"{os.getpid()}-{secrets.token_hex(4)}", 0
        self._backlog: deque[bytes] = deque()
        self._backlog_bytes = 0
        self._lost = 0
        self._error = ""
        self._open: dict[str, bytes] = {}
        """Start lines of spans that have not ended, by span id."""

    def _try(self, line: bytes) -> bool:
        try:
            if self._size >= self._full or time.monotonic() > self._check_at:
                self._make_room()
            if self._backlog:
                self._catch_up()
            self._write(line)
        except OSError as error:
            self._keep(line, error)
            return False
        return not self._synced or self._sync()

    def _sync(self) -> bool:
        """Put it on the disk. A line that is written, and perhaps not on the disk, does not wait: it would come twice."""
        try:
            os.fdatasync(self._fd)
        except OSError as error:
            self._warn(error)
            return False
        self._error = ""
        return True

    def _make_room(self) -> None:
        """Have a segment that still has its name, and better one that is not full; a full one still beats none."""
        if self._fd >= 0 and not os.fstat(self._fd).st_nlink:
            os.close(self._fd)
            self._fd = -1
        if self._fd < 0:
            self._roll()
        elif self._size >= self._full:
            with suppress(OSError):
                self._roll()
        self._check_at = time.monotonic() + CHECK_S

    def _roll(self) -> None:
        """Go on in a new segment. What is still open is told again there before the old one is let go."""
        old, size = self._fd, self._size
        self._fd, self._size = self._new_segment(), 0
        reach("spool.new_segment")
        try:
            self._write(b"".join(self._open.values()))
        except OSError:
            os.close(self._fd)
            self._fd, self._size = old, size
            raise
        if old >= 0:
            os.close(old)

    def _new_segment(self) -> int:
        """A new file, locked. A drain that takes it for a dead writer's removes it before that.

        Then another one, of another name: by the first one the lake remembers that there is nothing more to come.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        while True:
            self._stamp = max(time.time_ns(), self._stamp + 1)
            fd = os.open(
                self._folder / f"{self._stamp:x}-{self._writer}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644
            )
            fcntl.flock(fd, fcntl.LOCK_EX)
            if os.fstat(fd).st_nlink:
                return fd
            os.close(fd)

    def _write(self, lines: bytes) -> None:
        """Write all of it. Half a line of an earlier failure is taken back, else ended, lest it swallow the next one."""
        rest = b"\n" + lines if self._torn else lines
        start = self._size
        try:
            while (written := os.write(self._fd, rest)) < len(rest):
                self._size += written
                rest = rest[written:]
            self._size += written
        except OSError:
            if self._size > start:
                self._take_back(start)
            raise
        self._torn = False

    def _take_back(self, size: int) -> None:
        try:
            os.ftruncate(self._fd, size)
            self._size = size
        except OSError:
            self._torn = True

    def _catch_up(self) -> None:
        while self._backlog:
            self._write(self._backlog[0])
            self._backlog_bytes -= len(self._backlog.popleft())
        self._error = ""

    def _warn(self, error: OSError) -> None:
        if not self._error:
            logger.warning(
                "Traces cannot be written to %s: %s. The run goes on; they wait in memory.", self._folder, error
            )
        self._error = str(error)

    def _keep(self, line: bytes, error: OSError) -> None:
        self._warn(error)
        self._backlog.append(line)
        self._backlog_bytes += len(line)
        while self._backlog_bytes > BACKLOG_BYTES:
            self._backlog_bytes -= len(self._backlog.popleft())
            self._lost += 1
