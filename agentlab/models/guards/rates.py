"""How many calls a minute one user may make of one provider. Exact: no 60 seconds ever hold more than the limit."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from agentlab.errors import RateLimited
from agentlab.models.guards.states import RateState
from agentlab.models.guards.waiting import Clock

WINDOW_S = 60.0
SHORTEST_SLEEP_S = 0.001
"""So that a place that is free in no time is not asked for in a busy loop."""
SWEEP_AT = 1_000
"""Pairs of user and provider beyond which those that are at rest are forgotten."""


class RateStore(Protocol):
    """Where calls are counted. Taking a place is atomic."""

    async def take(self, user: str, provider: str) -> float:
        """Take a place: 0, or the seconds until one is free."""
        ...

    async def states(self) -> list[RateState]: ...


class Rates:
    """Places for calls; safe in any number of threads and event loops."""

    def __init__(self, store: RateStore, limit: int, clock: Clock) -> None:
        self._store = store
        self._limit = limit
        self._clock = clock

    async def take(self, user: str, provider: str, *, wait_s: float) -> float:
        """Take a place, waiting at most ``wait_s`` seconds for one. Returns the seconds waited.

        Raises ``RateLimited`` with ``retry_after_s`` as soon as it is clear that none will be free in that time.
        """
        if not self._limit:
            return 0.0
        free_in = await self._store.take(user, provider)
        if not free_in:
            return 0.0
        began = self._clock.now()
        while True:
            waited = self._clock.now() - began
            if waited + free_in > wait_s:
                raise self._refused(user, provider, free_in)
            await self._clock.sleep(max(free_in, SHORTEST_SLEEP_S))
            free_in = await self._store.take(user, provider)
            if not free_in:
                return self._clock.now() - began

    async def states(self) -> list[RateState]:
        """Who has used how much within the last minute, by user and provider."""
        return await self._store.states() if self._limit else []

    def _refused(self, user: str, provider: str, free_in: float) -> RateLimited:
        return RateLimited(
            f"{user} has asked {provider} {self._limit} times within a minute, which is the limit of this lab; "
            "the provider has refused nothing.",
            hint=f"Ask again in {free_in:.1f} s, or raise AGENTLAB_MODEL_RATE_PER_MINUTE (0 for no limit).",
            retry_after_s=free_in,
            user=user,
            provider=provider,
            limit=self._limit,
        )


class MemoryRates:
    """Calls of this process."""

    def __init__(self, limit: int, now: Callable[[], float]) -> None:
        self._limit = limit
        self._now = now
        self._lock = threading.Lock()
        self._taken: dict[tuple[str, str], deque[float]] = {}

    async def take(self, user: str, provider: str) -> float:
        """Take a place: 0, or the seconds until one is free."""
        with self._lock:
            now = self._now()
            times = self._taken.get((user, provider))
            if times is None:
                if len(self._taken) >= SWEEP_AT:
                    self._sweep(now)
                times = self._taken[user, provider] = deque()
            _forget(times, now)
            if len(times) >= self._limit:
                return times[0] + WINDOW_S - now
            times.append(now)
            return 0.0

    async def states(self) -> list[RateState]:
        """Those with a call within the last minute."""
        with self._lock:
            self._sweep(self._now())
            used = {pair: len(times) for pair, times in sorted(self._taken.items())}
        return [rate_state(user, provider, self._limit, count) for (user, provider), count in used.items()]

    def _sweep(self, now: float) -> None:
        for pair in list(self._taken):
            _forget(self._taken[pair], now)
            if not self._taken[pair]:
                del self._taken[pair]


def rate_state(user: str, provider: str, limit: int, used: int) -> RateState:
    """What is told of a pair; another process with a higher limit may have used more than ours."""
    return RateState(user=user, provider=provider, limit=limit, used=used, left=max(limit - used, 0))


def _forget(times: deque[float], now: float) -> None:
    """Drop what is a whole window old."""
    while times and times[0] + WINDOW_S <= now:
        times.popleft()
