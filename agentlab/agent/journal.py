"""A journal that forgets: for previews, and for tests that need no database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from agentlab.types import Journal

T = TypeVar("T")


class MemoryJournal:
    """Remembers finished work for as long as the process lives."""

    def __init__(self) -> None:
        self.done: dict[str, Any] = {}
        """Results by name, in the order in which the work ended."""

    async def once(self, name: str, work: Callable[[], Awaitable[T]], *, returns: type[T]) -> T:
        """Do ``work`` unless its result is here already."""
        if name not in self.done:
            self.done[name] = await work()
        result: T = self.done[name]
        return result

    def branches(self, names: Iterable[str]) -> dict[str, Journal]:
        """All branches share this one memory; the names of their work keep them apart."""
        return dict.fromkeys(names, self)
