"""Time as the guards see it: a clock that tests may set, how long to wait for others, and threads that do the waiting."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from agentlab.trace import utc_now

T = TypeVar("T")
THREADS = 8
WARN_EVERY_S = 60.0
"""Seconds between two warnings about one thing, which may come and go."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clock:
    """A source of time. What is shared over Redis goes by the server's time, unless a clock is given."""

    now: Callable[[], float] = time.monotonic
    """Seconds since any moment; never goes back."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the guards wait for what they do not own, in seconds."""

    answer_s: float = 0.25
    """For an answer of Redis, and for a lock on the cache's file."""
    rest_s: float = 5.0
    """Between two tries of something that is out of order."""


class Lane:
    """A few threads for work that waits, so that the event loop does not. Any loop and any thread may use it.

    The clients of Redis that wait in the loop belong to one loop each, and a worker has several; a client in a thread
    belongs to none.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads: ThreadPoolExecutor | None = None
        self._pid = 0

    async def run(self, work: Callable[[], T], *, within_s: float | None = None) -> T:
        """What ``work`` returns or raises. Raises ``TimeoutError`` when ``within_s`` seconds pass before it is done."""
        future = asyncio.get_running_loop().run_in_executor(self._open(), work)
        # Not wait_for: it may throw an answer away that came while the loop was held up by others.
        try:
            done, _ = await asyncio.wait([future], timeout=within_s)
        except asyncio.CancelledError:
            if not future.cancel():
                future.exception()  # looked at, or the loop reports that nobody did
            raise
        if not done:
            future.cancel()
            raise TimeoutError(f"no answer within {within_s} s")
        return future.result()

    def close(self) -> None:
        """End the threads once they are done; the next work opens new ones."""
        with self._lock:
            threads, self._threads = self._threads, None
        if threads:
            threads.shutdown(wait=False)

    def _open(self) -> ThreadPoolExecutor:
        threads = self._threads
        if threads is not None and self._pid == os.getpid():
            return threads
        with self._lock:
            if self._threads is None or self._pid != os.getpid():  # a forked child has none of its parent's threads
                self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="agentlab-guards")
                self._pid = os.getpid()
            return self._threads


class Outage:
    """Whether something can be reached. While it cannot, one call in each rest tries, and the log has one warning a minute.

    Calls that were under way when the state changed do not change it back: each try carries the number of the state that
    it began in.
    """

    def __init__(self, what: str, instead: str, *, rest_s: float) -> None:
        self._what = what
        self._instead = instead
        self._rest_s = rest_s
        self._lock = threading.Lock()
        self._state = 0
        self._next_try: float | None = None
        self._warned: float | None = None
        self.since: datetime | None = None
        """When the present state began: UTC, without zone; None before the first try."""
        self.error = ""
        """Why the last try that failed did; empty where none has."""

    @property
    def over(self) -> bool:
        """Whether the last try went well, or there was none yet."""
        return self._next_try is None

    def may_try(self) -> int | None:
        """The number to report the try under; None where this call should not try. Claims the one try of each rest."""
        with self._lock:
            if self._next_try is not None:
                now = time.monotonic()
                if now < self._next_try:
                    return None
                self._next_try = now + self._rest_s
            return self._state

    def unchanged_since(self, state: int) -> bool:
        """Whether things still stand as when this number was given."""
        return state == self._state

    def began(self, state: int, error: str) -> None:
        """A try of this number failed."""
        with self._lock:
            if state != self._state:
                return
            now = time.monotonic()
            first, self._next_try = self._next_try is None, now + self._rest_s
            self.error = error
            if not first:
                return
            self._state, self.since = self._state + 1, utc_now()
            if self._warned is not None and now < self._warned + WARN_EVERY_S:
                return
            self._warned = now
        logger.warning("%s cannot be used (%s). %s", self._what, error, self._instead)

    def ended(self, state: int) -> None:
        """A try of this number went well."""
        if self._next_try is None and self.since is not None:
            return
        with self._lock:
            if state != self._state:
                return
            again, self._next_try = self._next_try is not None, None
            self._state, self.since = self._state + again, utc_now()
        if again:
            logger.info("%s can be used again.", self._what)
