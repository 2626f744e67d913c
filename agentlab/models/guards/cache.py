"""Answers of models kept for the next time the same is asked. What is kept is JSON text; keys are the caller's digests."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

MEGABYTE = 1_000_000


class CacheStore(Protocol):
    """Where answers are kept as text. Neither operation raises for a store that is out of order."""

    async def read(self, key: str) -> str | None: ...

    async def write(self, key: str, text: str) -> None: ...


class ResponseCache:
    """Answers by key; safe in any number of threads and event loops. Without a store it keeps nothing."""

    def __init__(self, store: CacheStore | None) -> None:
        self._store = store

    async def get(self, key: str) -> Any | None:
        """The answer kept under ``key``, as new objects; None where there is none, or it is too old."""
        text = await self._store.read(key) if self._store else None
        if text is None:
            return None
        try:
            return json.loads(text)
        except ValueError:  # bits of the disk or of another program; the model will say it again
            return None

    async def put(self, key: str, value: Any) -> None:
        """Keep ``value`` for as long as the settings say. Raises ``TypeError`` where it is no JSON."""
        if self._store:
            # The standard library's: it alone gives back big numbers and lone surrogates as they were.
            await self._store.write(key, json.dumps(value, separators=(",", ":")))


class MemoryCache:
    """Answers in this process, ``megabytes`` of text at most; the oldest go first."""

    def __init__(self, ttl_s: float, megabytes: float, now: Callable[[], float]) -> None:
        self._ttl_s = ttl_s
        self._most = int(megabytes * MEGABYTE)
        self._now = now
        self._lock = threading.Lock()
        self._size = 0
        self._kept: OrderedDict[str, tuple[float, str]] = OrderedDict()

    async def read(self, key: str) -> str | None:
        """The text under ``key``, unless it is too old."""
        with self._lock:
            expires, text = self._kept.get(key, (0.0, None))
            return text if text is not None and self._now() < expires else None

    async def write(self, key: str, text: str) -> None:
        """Keep ``text``, in place of what was there."""
        if len(text) > self._most:
            return
        with self._lock:
            self._size -= len(self._kept.pop(key, (0.0, ""))[1])
            self._size += len(text)
            self._kept[key] = (self._now() + self._ttl_s, text)
            while self._size > self._most:
                self._size -= len(self._kept.popitem(last=False)[1][1])
