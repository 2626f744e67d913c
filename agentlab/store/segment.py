"""Segments of the spool as readers and drains see them: whole lines, living or dead, never taken for finished too early.

The order of the steps carries the guarantees, with no lock that a writer could wait for. Open every segment first and
ask the lake how far it got afterwards: what vanished before is in the lake already, and what is held open stays
readable. Ask for a writer's death before reading: what is read after that is all there will ever be.
"""

from __future__ import annotations

import errno
import fcntl
import os
import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from agentlab.store.line import LinePhase, phase_of, span_id_in

MOST_FILES = 65_536
"""Files that this process may come to hold open at the same time, where the system lets it: many short programs that each
left a segment make many of them, until a drain comes by."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A file of the spool, held open."""

    stream: str
    """The folder it lies in: ``spool``, or ``payloads``."""
    name: str
    fd: int
    dead: bool
    """True where its writer is gone, so that nothing will be added."""

    @property
    def key(self) -> str:
        """What the lake knows it by."""
        return self.name if self.stream == "spool" else f"{self.stream}/{self.name}"

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
class Lines:
    """Lines of the spool by what they carry, without their newlines."""

    end: list[bytes] = field(default_factory=list)
    note: list[bytes] = field(default_factory=list)
    payload: list[bytes] = field(default_factory=list)
    damaged: list[bytes] = field(default_factory=list)
    """Lines that carry nothing of ours."""

    def add(self, other: Lines) -> None:
        """Take the lines of another in as well."""
        self.end += other.end
        self.note += other.note
        self.payload += other.payload
        self.damaged += other.damaged


@dataclass(slots=True)
class Scan:
    """What is known of a segment so far. May be kept and carried on; reading a line twice changes nothing."""

    position: int = 0
    """Bytes looked at."""
    open: dict[str, bytes] = field(default_factory=dict)
    """Start lines whose span has not ended, by span id."""

    def follow(self, segment: Segment, offset: int) -> Lines:
        """Look at what has been added. Returns what it holds from byte ``offset`` on, start lines apart."""
        at = min(offset, self.position)
        data = segment.read(at)
        self.position = at + len(data)
        if at == offset:
            return self._sorted(data)
        self._sorted(data[: offset - at])
        return self._sorted(data[offset - at :])

    def _sorted(self, data: bytes) -> Lines:
        found = Lines()
        into: dict[LinePhase | None, list[bytes]] = {
            "end": found.end, "note": found.note, "payload": found.payload, None: found.damaged
        }  # fmt: skip
        for line in data.split(b"\n"):
            phase = phase_of(line)
            if phase == "start":
                self._begin(line)
            elif line:
                into[phase].append(line)
                if phase == "end" and self.open and (span_id := span_id_in(line)):
                    self.open.pop(span_id, None)
        return found

    def _begin(self, line: bytes) -> None:
        if span_id := span_id_in(line):
            self.open[span_id] = line


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
        fd = _opened(path)
    except FileNotFoundError:
        return None
    stack.callback(os.close, fd)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        dead = True
    except BlockingIOError:
        dead = False
    return Segment(path.parent.name, path.name, fd, dead)


def by_writer(now: dict[str, int]) -> dict[str, list[str]]:
    """The segments that hold anything, of each writer, oldest first; ``now`` are the ``sizes`` of the spool."""
    found: dict[str, list[str]] = {}
    for name, size in now.items():
        if size:
            found.setdefault(writer_of(name), []).append(name)
    return found


def _opened(path: Path) -> int:
    """A descriptor of the file. Where there are too many of them, as many more are allowed as the system lets us."""
    try:
        return os.open(path, os.O_RDONLY)
    except OSError as error:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
        if error.errno != errno.EMFILE or soft >= wanted:
            raise
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return os.open(path, os.O_RDONLY)


def continued(segment: Segment, now: dict[str, list[str]]) -> str | None:
    """The later segment in which its writer went on, having told its open spans again there; None if there is none.

    ``now`` are the segments ``by_writer``, looked at after the segment was found dead.
    """
    return next((name for name in now.get(segment.writer, ()) if name > segment.name), None)
