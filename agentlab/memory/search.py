"""Searching a user's memories: what fits the words, and the meaning where there are embeddings, fresh and weighty first."""

from __future__ import annotations

import asyncio
import threading
import time
import warnings
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from agentlab.errors import AgentlabError
from agentlab.memory.index import Index
from agentlab.memory.memories import Memories
from agentlab.memory.silence import EmbeddingsSilent
from agentlab.types import Memory

Embed = Callable[[Sequence[str]], Awaitable[list[list[float]]]]
"""One vector for each text. Raises ``AgentlabError`` where it cannot."""
HALF_LIFE_S = 30 * 86_400.0
"""Seconds after which a memory counts as half as fresh."""
REST_S = 60.0
"""Seconds that embeddings are left alone after they failed."""
_USERS = 32
"""Users whose indexes are kept in memory."""
_AT_ONCE = 96
"""Texts whose vectors are asked for beside one search."""


class Search:
    """Finds memories. ``embed`` makes the vectors of the embeddings model called ``model``; without it words decide."""

    def __init__(
        self,
        memories: Memories,
        *,
        embed: Embed | None = None,
        model: str = "",
        now: Callable[[], float] = time.time,
    ) -> None:
        self._memories = memories
        self._embed = embed
        self._model = model if embed else ""
        self._now = now
        self._lock = threading.Lock()
        self._indexes: OrderedDict[str, Index] = OrderedDict()
        self._silent_until = 0.0
        self._said = False

    async def find(self, query: str, *, user: str = "local", limit: int = 10, least: float = 0.0) -> list[Memory]:
        """Memories that fit ``query``, best first, each with its ``score`` of 0 to 1, ``least`` at least.

        The score is how well it fits, times 0.6 and, on top, 0.2 by how fresh (a half-life of 30 days) and 0.2 by how
        important it is. Fit of words and cosine of meaning, w and m, add up as 1 - (1 - w)(1 - m).
        """
        vector = await self._vector(query, user)
        return await asyncio.to_thread(self._ranked, query, vector, user, limit, least)

    def close(self) -> None:
        """Let go of the indexes."""
        with self._lock:
            while self._indexes:
                self._indexes.popitem()[1].close()

    def _ranked(self, query: str, vector: list[float] | None, user: str, limit: int, least: float) -> list[Memory]:
        with self._lock:
            index = self._index(user)
            words = index.by_words(query)
            meaning = index.by_meaning(vector) if vector else {}
            fits = {
                index.memories[place]: 1 - (1 - words.get(place, 0)) * (1 - meaning.get(place, 0))
                for place in words.keys() | meaning.keys()
            }
        scored = [replace(memory, score=round(self._score(memory, fit), 4)) for memory, fit in fits.items()]
        scored.sort(key=lambda memory: (-(memory.score or 0), -memory.at, memory.id))
        return [memory for memory in scored if (memory.score or 0) >= least][:limit]

    def _score(self, memory: Memory, fit: float) -> float:
        fresh: float = 0.5 ** (max(0.0, self._now() - memory.at) / HALF_LIFE_S)
        return fit * (0.6 + 0.2 * fresh + 0.2 * memory.importance)

    def _index(self, user: str) -> Index:
        """The user's index as the table is now. Only the rows that have changed since are read."""
        index = self._indexes.get(user)
        if index is None:
            index = self._indexes[user] = Index()
            if len(self._indexes) > _USERS:
                self._indexes.popitem(last=False)[1].close()
        self._indexes.move_to_end(user)
        index.take(self._memories.changes(user, index.seen), self._model)
        return index

    async def _vector(self, query: str, user: str) -> list[float] | None:
        """The query's vector; those of memories that have none yet are asked for and kept with it."""
        if self._embed is None or not query.strip() or time.monotonic() < self._silent_until:
            return None
        lacking = await asyncio.to_thread(self._lacking, user)
        try:
            wanted, *found = await self._embed([query, *(memory.text for memory in lacking)])
        except AgentlabError as error:
            self._silence(error)
            return None
        if found:
            pairs = [(memory, _packed(vector)) for memory, vector in zip(lacking, found, strict=True)]
            await asyncio.to_thread(self._memories.keep_vectors, user, self._model, pairs)
        return wanted

    def _lacking(self, user: str) -> list[Memory]:
        with self._lock:
            return self._index(user).without_vector(_AT_ONCE)

    def _silence(self, error: AgentlabError) -> None:
        """Leave embeddings alone for a while, and say so the first time."""
        self._silent_until = time.monotonic() + REST_S
        if not self._said:
            self._said = True
            warnings.warn(
                f"Memory is searched by words alone, because {self._model} made no embeddings: {error.message}",
                EmbeddingsSilent,
                stacklevel=2,
            )


def _packed(vector: list[float]) -> bytes:
    from array import array

    return array("f", vector).tobytes()
