"""The part of ``Lab`` that remembers: what a user's memory holds, and the turns of conversations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Coroutine
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from agentlab.settings import Settings
from agentlab.types import JSON, Memory, MemoryKind, RunResult, RunSpec, Turn

if TYPE_CHECKING:
    from agentlab.memory.recollection import Recollection

T = TypeVar("T")


class Remembers(ABC):
    """Needs ``settings`` and a way to wait for what is asynchronous. Each method is about one ``user``, by default the settings' own."""

    settings: Settings

    @abstractmethod
    def _wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` gives, once it has; for callers without a loop."""

    @cached_property
    def recollection(self) -> Recollection:
        """What runs recall and keep: the port ``Remembering``, and its ``threads``, where a submitted run begins its turn."""
        from agentlab.memory.memories import Memories
        from agentlab.memory.recollection import Recollection
        from agentlab.memory.search import Search
        from agentlab.memory.tables import prepare
        from agentlab.memory.threads import Threads
        from agentlab.models.embeddings import embedder
        from agentlab.models.offline.closing import CLOSING
        from agentlab.sql import open_database
        from agentlab.store import Redaction

        chosen = self.settings
        redaction = Redaction(personal=chosen.redact_personal, extra=chosen.redact_patterns)
        database = open_database(chosen.database_url)
        prepare(database)
        memories = Memories(database, redact=redaction.text)
        embed = embedder(chosen.embeddings, chosen) if chosen.embeddings else None
        return Recollection(
            memories,
            Search(memories, embed=embed, model=chosen.embeddings),
            Threads(database, redact=redaction.value),
            on=chosen.memory == "on",
            limit=chosen.memory_limit,
            least=chosen.memory_min_score,
            closing=CLOSING,
        )

    # --- memory ---------------------------------------------------------------------------------------------------

    def remember(
        self, text: str, *, kind: MemoryKind = "fact", importance: float = 0.5, user: str | None = None
    ) -> Memory:
        """Keep ``text``, 1 to 2,000 characters, without its secrets; ``importance`` is 0 to 1. Raises ``MemoryInvalid``."""
        return self.recollection.memories.add(text, user=self._user(user), kind=kind, importance=importance)

    def memories(
        self,
        query: str | None = None,
        *,
        kind: MemoryKind | None = None,
        limit: int = 100,
        min_score: float = 0.0,
        user: str | None = None,
    ) -> list[Memory]:
        """What the memory holds: the newest first, or what fits ``query`` best first, with a ``score`` of 0 to 1."""
        if not (query or "").strip():
            return self.recollection.memories.newest(self._user(user), kind=kind, limit=limit)
        many = limit if kind is None else 10_000
        found = self._wait_for(
            self.recollection.search.find(query or "", user=self._user(user), limit=many, least=min_score)
        )
        return [memory for memory in found if kind in (None, memory.kind)][:limit]

    def memory(self, memory_id: str, *, user: str | None = None) -> Memory:
        """One memory. Raises ``UnknownMemory``."""
        return self.recollection.memories.get(memory_id, user=self._user(user))

    def edit_memory(
        self,
        memory_id: str,
        *,
        text: str | None = None,
        kind: MemoryKind | None = None,
        importance: float | None = None,
        user: str | None = None,
    ) -> Memory:
        """Change what is given; the memory as it is then. Raises ``UnknownMemory``, ``MemoryInvalid``."""
        return self.recollection.memories.edit(
            memory_id, user=self._user(user), text=text, kind=kind, importance=importance
        )

    def forget(self, memory_id: str, *, user: str | None = None) -> None:
        """Wipe a memory for good. Raises ``UnknownMemory``."""
        self.recollection.memories.forget(memory_id, user=self._user(user))

    # --- conversations ----------------------------------------------------------------------------------------------

    def threads(self, *, limit: int = 100, user: str | None = None) -> list[JSON]:
        """The conversations, the last used first: ``thread, title, turns, at`` (seconds since the epoch, of the last turn)."""
        return self.recollection.threads.newest(self._user(user), limit=limit)

    def thread(self, thread: str, *, user: str | None = None) -> list[Turn]:
        """All turns of a conversation, oldest first. Raises ``UnknownThread``."""
        return self.recollection.threads.turns(thread, user=self._user(user))

    def rename_thread(self, thread: str, title: str, *, user: str | None = None) -> None:
        """Give a conversation a title, 1 to 120 characters. Raises ``UnknownThread``, ``MemoryInvalid``."""
        self.recollection.threads.rename(thread, title, user=self._user(user))

    def delete_thread(self, thread: str, *, user: str | None = None) -> None:
        """Delete a conversation; its runs, their traces and what the memory holds stay. Raises ``UnknownThread``."""
        self.recollection.threads.delete(thread, user=self._user(user))

    def _user(self, name: str | None) -> str:
        return name or str(getattr(self.settings, "user", "local"))

    def _turn_begins(self, spec: RunSpec) -> None:
        """Note a run in its conversation, before it can end."""
        if spec.thread:
            self.recollection.threads.begin(spec)

    def _turn_ended(self, spec: RunSpec, result: RunResult) -> None:
        """Note what a run has found, which may have been in no conversation."""
        untrusted = any(step.untrusted for step in result.steps)
        self.recollection.threads.end(spec, result, untrusted=untrusted)

    def _close_memory(self) -> None:
        if opened := self.__dict__.pop("recollection", None):
            opened.close()
