"""Segments of the spool as readers and drains see them: whole lines, living or dead, never taken for finished too early.

The order of the steps carries the guarantees, with no lock that a writer could wait for. Open every segment first and
ask the lake how far it got afterwards: what vanished before is in the lake already, and what is held open stays
readable. Ask for a writer's death before reading: what is read after that is all there will ever be.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from agentlab.store.line import decode


@dataclass(frozen=True, slots=True)
class Segment:
    """A file of the spool, held open."""

    name: str
    fd: int
    dead: bool
    """True where its writer is gone, so that nothing will be added."""

    @property
    def writer(self) -> str:
        """The process that writes it; segments of one writer sort by age."""
        return writer_of(self.name)

    @property
    def removed(self) -> bool:
        """Whether a drain has removed it since it was opened; it can still be read."""
        return os.fstat(self.fd).st_nlink == 0

    def read(self, start: int) -> bytes:
        """Whole lines from byte ``start`` on. What follows the last newline is being written, or torn."""
        parts = []
        while part := os.pread(self.fd, 1 << 24, start):
            parts.append(part)
            start += len(part)
        data = b"".join(parts)
        return data[: data.rfind(b"\n") + 1]


@dataclass(slots=True)
class Scan:
    """What is known of a segment so far. May be kept and carried on; reading a line twice changes nothing."""

    position: int = 0
    """Bytes looked at."""
    open: dict[str, str] = field(default_factory=dict)
    """Start lines whose span has not ended, by span id."""

    def follow(self, segment: Segment, offset: int) -> list[str]:
        """Look at what has been added. Returns the end lines from byte ``offset`` on."""
        at = min(offset, self.position)
        ends: list[str] = []
        for line in segment.read(at).splitlines(keepends=True):
            self._take(line, ends if at >= offset else [])
            at += len(line)
        self.position = at
        return ends

    def _take(self, line: bytes, ends: list[str]) -> None:
        match decode(line):
            case ("end", span_id):
                self.open.pop(span_id, None)
                ends.append(line.decode().rstrip("\n"))
            case ("start", span_id):
                self.open[span_id] = line.decode().rstrip("\n")


def writer_of(name: str) -> str:
    """The writer of the segment of that name."""
    return name.partition("-")[2]


def sizes(folder: Path) -> dict[str, int]:
    """Bytes of every segment in the spool, oldest first; empty where there is no spool."""
    found = {}
    try:
        for name in sorted(os.listdir(folder)):
            try:
                found[name] = (folder / name).stat().st_size
            except FileNotFoundError:
                continue
    except FileNotFoundError:
        return {}
    return {name: size for name, size in found.items() if name.endswith(".jsonl")}


@contextmanager
def opened(folder: Path) -> Iterator[list[Segment]]:
    """Every segment, oldest first. Dead ones are locked until the end of the block, so that none comes to life."""
    with ExitStack() as stack:
        yield [segment for name in sizes(folder) if (segment := _open(folder / name, stack))]


def _open(path: Path, stack: ExitStack) -> Segment | None:
    try:
        fd = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    stack.callback(os.close, fd)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        dead = True
    except BlockingIOError:
        dead = False
    return Segment(path.name, fd, dead)


def continued(segment: Segment, now: dict[str, int]) -> str | None:
    """The later segment in which its writer went on, having told its open spans again there; None if there is none.

    ``now`` are the ``sizes`` of the spool, read after the segment was found dead.
    """
    later = (name for name, size in now.items() if size and name > segment.name)
    return next((name for name in later if writer_of(name) == segment.writer), None)
