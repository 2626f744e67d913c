"""The one door from plain functions into asynchronous work: a thread with an event loop of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Door:
    """Runs coroutines for callers that wait, whatever loop they may be in themselves; opened on first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` returns or raises. Ctrl-C while waiting cancels it."""
        future = asyncio.run_coroutine_threadsafe(work, self._opened())
        try:
            return future.result()
        finally:
            future.cancel()  # does nothing where it has ended

    async def ask(self, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` returns or raises, for a caller in another event loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._opened()))

    def close(self, last: Callable[[], Coroutine[Any, Any, None]] | None = None) -> None:
        """Let it end, after ``last``; does nothing where it was never used."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        if last:
            asyncio.run_coroutine_threadsafe(last(), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)

    def _opened(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_turn, args=(self._loop,), name="agentlab-door", daemon=True).start()
            return self._loop


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()
