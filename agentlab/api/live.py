"""Live events of runs for any number of viewers: one reader per run, shared by all who watch it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

POLL_S = 0.05
"""Seconds between two looks at the log."""

Numbered = tuple[int, dict[str, Any]]
ReadEvents = Callable[[str, int], list[Numbered]]


class Tail:
    """The events of one run so far, and the task that fetches more while somebody watches."""

    def __init__(self, run_id: str, read: ReadEvents) -> None:
        self._run_id = run_id
        self._read = read
        self._events: list[Numbered] = []
        self._changed = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self.viewers = 0

    async def events(self, after: int) -> AsyncIterator[Numbered]:
        """Events numbered above ``after``, as they happen; ends after the one whose phase is ``done``."""
        seen = 0
        if self._task is None:
            self._task = asyncio.create_task(self._follow())
        while True:
            async with self._changed:
                while seen == len(self._events):
                    self._raise_failure()
                    await self._changed.wait()
                fresh, seen = self._events[seen:], len(self._events)
            for number, event in fresh:
                if number > after or event["phase"] == "done":
                    yield number, event
                if event["phase"] == "done":
                    return

    def stop(self) -> None:
        """Stop fetching; called when the last viewer has gone."""
        if self._task:
            self._task.cancel()

    def _raise_failure(self) -> None:
        if self._task and self._task.done() and not self._task.cancelled() and (failure := self._task.exception()):
            raise failure

    async def _follow(self) -> None:
        try:
            while not await self._fetch():  # noqa: ASYNC110 - another process writes the log: nothing here can wake us
                await asyncio.sleep(POLL_S)
        finally:
            async with self._changed:
                self._changed.notify_all()

    async def _fetch(self) -> bool:
        """Read what is new; true once the last event has arrived."""
        last = self._events[-1][0] if self._events else 0
        new = await asyncio.to_thread(self._read, self._run_id, last)
        if new:
            async with self._changed:
                self._events += new
                self._changed.notify_all()
        return bool(self._events) and self._events[-1][1]["phase"] == "done"


class Viewers:
    """All tails of this process; a run is read once however many watch it."""

    def __init__(self, read: ReadEvents) -> None:
        self._read = read
        self._tails: dict[str, Tail] = {}

    async def watch(self, run_id: str, after: int = 0) -> AsyncIterator[Numbered]:
        """Events of ``run_id`` numbered above ``after``, until the run is done or the viewer leaves."""
        tail = self._tails.setdefault(run_id, Tail(run_id, self._read))
        tail.viewers += 1
        try:
            async for event in tail.events(after):
                yield event
        finally:
            tail.viewers -= 1
            if tail.viewers == 0 and self._tails.get(run_id) is tail:
                del self._tails[run_id]
                tail.stop()

    @property
    def tails(self) -> int:
        """Runs that are being read right now."""
        return len(self._tails)
