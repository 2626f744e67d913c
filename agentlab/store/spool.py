"""The spool: each process appends its events to a file of its own, and an event is safe once ``record`` returns.

Safe means: in the hands of the operating system, so that ``kill -9`` of this process cannot lose it. A segment is
locked for as long as its writer lives; readers and drains tell the dead from the living by that lock alone.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agentlab.store import forks
from agentlab.store.line import encode
from agentlab.types import Event

ROLL_BYTES = 8_000_000
"""Size at which a segment is left behind for a new one."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SpoolHealth:
    """How writing goes in this process."""

    failed: int
    """Events that could not be written."""
    last_error: str
    """Why the last of them could not; empty where none failed."""


class Spool:
    """Implements the ``Recorder`` port on ``folder``, which is made at the first record, as is the segment.

    Threads may share it; a forked child goes on in a segment of its own. A failing disk does not break the run:
    events that could not be written are counted, and a warning is logged once.
    """

    def __init__(self, folder: Path, *, roll_bytes: int = ROLL_BYTES) -> None:
        self._folder = folder
        self._roll_bytes = roll_bytes
        self._failed, self._last_error = 0, ""
        self._lock = threading.Lock()
        self._start_over()
        forks.watch(self)

    def record(self, event: Event) -> None:
        """Append the event; on return it survives the death of this process."""
        line = encode(event)
        with self._lock:
            try:
                self._make_room()
                self._append(line)
            except OSError as error:
                self._fail(error)
            if event.phase == "start":
                self._open[event.span.span_id] = line
            else:
                self._open.pop(event.span.span_id, None)

    def close(self) -> None:
        """Let go of the segment, so that a drain may remove it. A later record opens another one."""
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
            self._start_over()

    def health(self) -> SpoolHealth:
        """How writing goes in this process."""
        return SpoolHealth(failed=self._failed, last_error=self._last_error)

    def forked(self) -> None:
        """Leave the parent's segment to the parent: a copy of its descriptor would keep its lock alive."""
        if self._fd >= 0:
            os.close(self._fd)
        self._lock = threading.Lock()
        self._start_over()

    def _start_over(self) -> None:
        self._fd, self._size, self._torn = -1, 0, False
        self._writer, self._stamp = f"{os.getpid()}-{secrets.token_hex(4)}", 0
        self._open: dict[str, bytes] = {}
        """Start lines of spans that have not ended, by span id."""

    def _make_room(self) -> None:
        """Have a segment, and better one that is not full; a full one still beats none."""
        if self._fd < 0:
            self._roll()
        elif self._size >= self._roll_bytes:
            with suppress(OSError):
                self._roll()

    def _roll(self) -> None:
        """Go on in a new segment. What is still open is told again there before the old one is let go."""
        old, size = self._fd, self._size
        self._stamp = max(time.time_ns(), self._stamp + 1)
        self._fd, self._size = _new_segment(self._folder, f"{self._stamp:x}-{self._writer}.jsonl"), 0
        try:
            self._append(b"".join(self._open.values()))
        except OSError:
            os.close(self._fd)
            self._fd, self._size = old, size
            raise
        if old >= 0:
            os.close(old)

    def _append(self, lines: bytes) -> None:
        """Write all of it. Half a line of an earlier failure is ended first, else it would swallow the next one."""
        rest = b"\n" + lines if self._torn else lines
        self._torn = True
        while rest:
            written = os.write(self._fd, rest)
            rest = rest[written:]
            self._size += written
        self._torn = False

    def _fail(self, error: OSError) -> None:
        if not self._failed:
            logger.warning("Traces cannot be written to %s: %s. The run goes on without them.", self._folder, error)
        self._failed += 1
        self._last_error = str(error)


def _new_segment(folder: Path, name: str) -> int:
    """A new file, locked. A drain that takes it for a dead writer's removes it before that; then again."""
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        fd = os.open(folder / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        fcntl.flock(fd, fcntl.LOCK_EX)
        if os.fstat(fd).st_nlink:
            return fd
        os.close(fd)
