"""What a process could not write, told in a file that was made while there was still room.

A full disk cannot take a report of itself, so each writer makes this file, one block, with its first record and later only
overwrites it in place. Where the folder cannot be written at all, the file lies in the system's folder for temporary files.
The file is locked for as long as its writer lives; once the writer can write again, or is dead, what was lost becomes a note.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from agentlab.store import forks

BLOCK = 4_096
"""Bytes of the file: one block of most disks, so that writing into it needs no further room."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What one writer could not write."""

    writer: str
    waiting: int
    """Lines that wait in its memory for room; lost once it is dead."""
    lost: int
    """Lines that were given up."""
    error: str
    """Why the last one could not be written."""
    alive: bool


class Losses:
    """This process's own file under ``folder``/losses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fd = -1
        self._path: Path | None = None
        self.ready = False
        """Whether the file has been made, or tried to be."""
        forks.watch(self)

    def prepare(self, writer: str) -> None:
        """Make the file, once. Never fails: without a file losses are still counted in this process."""
        if not self.ready:
            self.ready = True
            for folder in _folders(self._folder):
                try:
                    self._open(folder / f"{writer}.json")
                    return
                except OSError:
                    continue

    def tell(self, waiting: int, lost: int, error: str) -> None:
        """Write down how it is now, counts of lines."""
        if self._fd >= 0:
            told = {
                "waiting": waiting,
                "lost": lost,
                "error": error[:500],
                "pid": os.getpid(),
                "host": socket.gethostname(),
            }
            os.pwrite(self._fd, json.dumps(told).ljust(BLOCK).encode()[:BLOCK], 0)

    def close(self, *, keep: bool) -> None:
        """Let go of the file; ``keep`` leaves it to whoever drains next, else it is removed."""
        if self._path is not None:
            if not keep:
                self._path.unlink(missing_ok=True)
            os.close(self._fd)
        self._fd, self._path, self.ready = -1, None, False

    def forked(self) -> None:
        """Leave the parent's file, and its lock, to the parent."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self._path, self.ready = -1, None, False

    def _open(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            os.pwrite(fd, b" " * BLOCK, 0)
        except OSError:
            os.close(fd)
            raise
        self._fd, self._path = fd, path


def losses(folder: Path) -> list[Loss]:
    """What the writers under ``folder`` could not write, those that lack nothing left out."""
    return [loss for _, loss in _read(folder) if loss.waiting or loss.lost]


def buried(folder: Path) -> Iterator[Loss]:
    """The losses of dead writers; each one's file is removed when the next is asked for."""
    for path, loss in _read(folder):
        if not loss.alive:
            if loss.waiting or loss.lost:
                yield loss
            path.unlink(missing_ok=True)


def _folders(folder: Path) -> tuple[Path, Path]:
    elsewhere = f"agentlab-{os.getuid()}-{sha256(str(folder).encode()).hexdigest()[:16]}"
    return folder / "losses", Path(tempfile.gettempdir()) / elsewhere


def _read(folder: Path) -> Iterator[tuple[Path, Loss]]:
    for place in _folders(folder):
        for path in sorted(place.glob("*.json")) if place.is_dir() else ():
            try:
                yield path, _loss(path)
            except FileNotFoundError:
                continue


def _loss(path: Path) -> Loss:
    fd = os.open(path, os.O_RDONLY)
    try:
        alive = _held(fd)
        text = os.pread(fd, BLOCK, 0).decode("utf-8", "replace").strip()
    finally:
        os.close(fd)
    told = json.loads(text) if text.endswith("}") else {}
    return Loss(path.stem, told.get("waiting", 0), told.get("lost", 0), told.get("error", ""), alive)


def _held(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
