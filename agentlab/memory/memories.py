"""Memories as rows: written, changed, forgotten, listed. Each belongs to one user and is seen by no other."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from typing import Any, get_args

import sqlalchemy as sa

from agentlab.errors import MemoryInvalid, UnknownMemory
from agentlab.memory.clean import LONGEST, visible
from agentlab.memory.tables import memories, next_version
from agentlab.sql import insert_new
from agentlab.types import Memory, MemoryKind
from agentlab.types.ids import new_id

YOU = "you"
"""The source of what a person has written."""
_FIELDS = [memories.c[name] for name in ("id", "user", "kind", "text", "importance", "source", "at", "untrusted")]
_KINDS = get_args(MemoryKind)


class Memories:
    """The table of memories. ``redact`` takes secrets out of a text before it is written; ``now`` is in seconds, UTC."""

    def __init__(
        self,
        database: sa.Engine,
        *,
        redact: Callable[[str], str] = lambda text: text,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._redact = redact
        self._now = now

    def add(
        self,
        text: str,
        *,
        user: str = "local",
        kind: MemoryKind = "fact",
        importance: float = 0.5,
        source: str = YOU,
        untrusted: bool = False,
        memory_id: str = "",
    ) -> Memory:
        """Keep ``text``, 1 to 2,000 characters; ``importance`` is 0 to 1. With a ``memory_id`` that was used before it does
        nothing, even where that memory was forgotten. Raises ``MemoryInvalid``.
        """
        new = Memory(
            id=memory_id or new_id("mem"),
            user=user,
            kind=kind,
            text=self._fit(text),
            importance=importance,
            source=source,
            at=self._now(),
            untrusted=untrusted,
        )
        _check(kind, importance)
        row = {column.name: getattr(new, column.name) for column in _FIELDS}
        with self._database.begin() as connection:
            insert_new(connection, memories, row | {"version": next_version(connection, user), "gone": False})
        return new

    def edit(
        self,
        memory_id: str,
        *,
        user: str = "local",
        text: str | None = None,
        kind: MemoryKind | None = None,
        importance: float | None = None,
    ) -> Memory:
        """Change what is given; the memory as it is then. A new text is a person's own, and trusted. Raises ``UnknownMemory``, ``MemoryInvalid``."""
        old = self.get(memory_id, user=user)
        _check(kind or old.kind, old.importance if importance is None else importance)
        changed: dict[str, Any] = {"at": self._now()}
        if kind:
            changed["kind"] = kind
        if importance is not None:
            changed["importance"] = importance
        if text is not None:
            changed |= {"text": self._fit(text), "untrusted": False, "vector": None, "vector_of": None}
        self._change(memory_id, user, changed)
        return self.get(memory_id, user=user)

    def forget(self, memory_id: str, *, user: str = "local") -> None:
        """Wipe its text for good. Raises ``UnknownMemory``."""
        self._change(memory_id, user, {"text": "", "gone": True, "vector": None, "vector_of": None})

    def get(self, memory_id: str, *, user: str = "local") -> Memory:
        """One memory. Raises ``UnknownMemory``."""
        with self._database.begin() as connection:
            row = connection.execute(sa.select(*_FIELDS).where(*_mine(memory_id, user))).mappings().first()
        if row is None:
            raise _unknown(memory_id)
        return Memory(**row)

    def newest(self, user: str = "local", *, kind: MemoryKind | None = None, limit: int = 100) -> list[Memory]:
        """The user's memories, the last written first."""
        chosen = [memories.c.user == user, ~memories.c.gone, *([memories.c.kind == kind] if kind else [])]
        wanted = sa.select(*_FIELDS).where(*chosen).order_by(memories.c.at.desc(), memories.c.id.desc()).limit(limit)
        with self._database.begin() as connection:
            return [Memory(**row) for row in connection.execute(wanted).mappings()]

    def changes(self, user: str, after: int) -> list[dict[str, Any]]:
        """Whole rows, forgotten ones too, of the changes numbered above ``after``, in their order."""
        wanted = sa.select(memories).where(memories.c.user == user, memories.c.version > after)
        with self._database.begin() as connection:
            return [dict(row) for row in connection.execute(wanted.order_by(memories.c.version)).mappings()]

    def keep_vectors(self, user: str, model: str, found: Iterable[tuple[Memory, bytes]]) -> None:
        """Keep vectors of texts, where these are still as they were."""
        with self._database.begin() as connection:
            version = next_version(connection, user)
            for memory, vector in found:
                mine = sa.update(memories).where(*_mine(memory.id, user), memories.c.text == memory.text)
                connection.execute(mine.values(vector=vector, vector_of=model, version=version))

    def close(self) -> None:
        """Close the connections to the database."""
        self._database.dispose()

    def _change(self, memory_id: str, user: str, changed: dict[str, Any]) -> None:
        with self._database.begin() as connection:
            version = next_version(connection, user)
            mine = sa.update(memories).where(*_mine(memory_id, user))
            if not connection.execute(mine.values(**changed, version=version)).rowcount:
                raise _unknown(memory_id)

    def _fit(self, text: str) -> str:
        """``text`` as it may be kept."""
        said = self._redact(visible(text))
        if not said or len(said) > LONGEST:
            raise MemoryInvalid(
                f"A memory has 1 to {LONGEST:,} characters, this one {len(said):,}.",
                hint="Say it in a sentence or two; documents belong into the drive.",
            )
        return said


def _mine(memory_id: str, user: str) -> tuple[sa.ColumnElement[bool], ...]:
    return memories.c.id == memory_id, memories.c.user == user, ~memories.c.gone


def _check(kind: str, importance: float) -> None:
    if kind not in _KINDS:
        raise MemoryInvalid(f"There is no kind of memory '{kind}'.", hint=f"Kinds: {', '.join(_KINDS)}.")
    if not (math.isfinite(importance) and 0 <= importance <= 1):
        raise MemoryInvalid(f"An importance is 0 to 1, not {importance:g}.", hint="0.5 is the usual one.")


def _unknown(memory_id: str) -> UnknownMemory:
    return UnknownMemory(f"There is no memory '{memory_id}'.", hint="agentlab memory lists them with their ids.")
