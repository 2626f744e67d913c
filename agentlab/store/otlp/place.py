"""How far traces were sent on: one small file, replaced as a whole, and the lock of whoever is sending."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from agentlab.errors import StoreUnusable
from agentlab.store.engine import locked


class Place:
    """The number of the last row of each table that was sent, for the traces in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "forwarded.json"
        self._guard = -1

    def unknown(self) -> bool:
        """Whether nothing was ever sent, nor a beginning marked."""
        return not self._file.exists()

    def read(self) -> dict[str, int]:
        """Number by table. Raises ``StoreUnusable`` where the file is damaged."""
        try:
            found: dict[str, int] = orjson.loads(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise StoreUnusable(
                f"{self._file} does not say how far traces were sent on.",
                hint="Remove it: sending then begins with what is recorded from then on.",
            ) from error
        return found

    def reached(self, table: str, number: int) -> None:
        """Remember that everything up to the row of that number was sent."""
        known = self.read()
        if known.get(table) != number:
            self.write(known | {table: number})

    def write(self, reached: dict[str, int]) -> None:
        """Replace the file; killed at any moment, it holds the old numbers or the new ones."""
        aside = self._file.with_suffix(".new")
        fd = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        with os.fdopen(fd, "wb") as file:
            file.write(orjson.dumps(reached))
            file.flush()
            os.fsync(fd)
        aside.replace(self._file)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether nobody else on this host is sending; nobody waits."""
        self._folder.mkdir(parents=True, exist_ok=True)
        guard = os.open(self._folder / "forward.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            mine = locked(guard)
            if mine:
                self._guard = guard
            yield mine
        finally:
            self._guard = -1 if self._guard == guard else self._guard
            os.close(guard)

    def forked(self) -> None:
        """Let go of the lock in a child: its copy would keep it locked after the parent is done."""
        if self._guard >= 0:
            os.close(self._guard)
            self._guard = -1
