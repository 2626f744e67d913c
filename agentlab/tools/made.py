"""What was made under which idempotency key, so that a repeated call makes no second file."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from agentlab.types import JSON

HIDDEN = ".agentlab"


class Made:
    """One small file for each key, in a hidden folder of the drive.

    A note is written before the file it announces and completed after it. A crash in between leaves a note that says
    which file was meant and what it holds, so the repetition can tell whether the file is there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / HIDDEN

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone among all processes that write to this drive."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def known(self, key: str) -> JSON | None:
        """The note of ``key``, or None; an unreadable note counts as none."""
        if not key:
            return None
        try:
            note: Any = json.loads(self._place(key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return note if isinstance(note, dict) else None

    def note(self, key: str, what: JSON) -> None:
        """Keep ``what`` for ``key``; nothing is kept for an empty key."""
        if key:
            write_whole(self._place(key), json.dumps(what, ensure_ascii=False).encode())

    def _place(self, key: str) -> Path:
        return self._folder / f"{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}.json"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there completely or not at all, whenever this process may die."""
    number, part = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        os.chmod(part, 0o644)
        os.replace(part, path)
    finally:
        Path(part).unlink(missing_ok=True)
