"""From settings to guards. Opening is cheap: files and connections wait for the first call."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from agentlab.errors import MissingExtra
from agentlab.models.guards.breakers import BreakerRule, Breakers, BreakerStore, MemoryBreakers
from agentlab.models.guards.cache import CacheStore, MemoryCache, ResponseCache
from agentlab.models.guards.disk import DiskCache
from agentlab.models.guards.over_redis import RedisBreakers, RedisCache, RedisRates
from agentlab.models.guards.rates import MemoryRates, Rates, RateStore
from agentlab.models.guards.shared import Shared
from agentlab.models.guards.states import GuardStates, SharedState
from agentlab.models.guards.waiting import Clock, Lane, Patience

if TYPE_CHECKING:
    from agentlab.settings import Settings

NOTHING_SHARED = SharedState(url="", reachable=False, since=None, error="")


class Guards:
    """The guards of one lab; safe in any number of threads and event loops."""

    def __init__(
        self,
        cache: ResponseCache,
        breakers: Breakers,
        rates: Rates,
        tool_rates: Callable[[int], Rates],
        *,
        shared: Shared | None,
        disk: DiskCache | None,
        lane: Lane,
    ) -> None:
        self.cache = cache
        self.breakers = breakers
        self.rates = rates
        self.tool_rates = tool_rates
        """Calls of tools, by the number that one user may make within a minute."""
        self._shared = shared
        self._disk = disk
        self._lane = lane

    async def states(self) -> GuardStates:
        """How all of them stand now; asks Redis where one is set, and tells of this process while it is away."""
        breakers, rates = await self.breakers.states(), await self.rates.states()
        return GuardStates(
            breakers=breakers, rates=rates, shared=self._shared.state() if self._shared else NOTHING_SHARED
        )

    async def aclose(self) -> None:
        """Let go of files, connections and threads. Any loop may do it; a call that comes after opens them again."""
        for held in (self._shared, self._disk):
            if held is not None:
                await self._lane.run(held.close)
        self._lane.close()


def open_guards(settings: Settings, *, clock: Clock | None = None, patience: Patience | None = None) -> Guards:
    """The guards that the settings ask for.

    ``clock`` and ``patience`` are for tests. Raises ``MissingExtra`` where a Redis is set and its client is not installed.
    """
    url, patience, lane = settings.redis_url.get_secret_value(), patience or Patience(), Lane()
    if url and find_spec("redis") is None:
        raise MissingExtra("AGENTLAB_REDIS_URL is set, and sharing over Redis", "team")
    shared = Shared(url, lane, patience) if url else None
    local = clock or Clock()

    rule = BreakerRule(settings.breaker_threshold, settings.breaker_cooldown_s)

    @cache
    def rates_of(limit: int) -> Rates:
        store: RateStore = MemoryRates(limit, local.now)
        return Rates(RedisRates(shared, store, limit, clock) if shared else store, limit, local)

    breakers: BreakerStore = MemoryBreakers(rule, local.now)
    if shared:
        breakers = RedisBreakers(shared, breakers, rule, clock)

    kind, ttl_s = settings.model_cache, settings.model_cache_ttl_s
    if kind == "auto":
        kind = "redis" if shared else "disk"
    disk: DiskCache | None = None
    store: CacheStore | None = None
    if kind == "disk":
        # Its times outlive this process, so they are those of the calendar.
        now = clock.now if clock else time.time
        path = settings.home / "cache.sqlite"
        store = disk = DiskCache(path, ttl_s, settings.model_cache_mb, now=now, lane=lane, patience=patience)
    elif kind != "off":
        store = MemoryCache(ttl_s, settings.model_cache_mb, local.now)
        if kind == "redis" and shared:
            store = RedisCache(shared, store, ttl_s)
    return Guards(
        ResponseCache(store),
        Breakers(breakers),
        rates_of(settings.model_rate_per_minute),
        rates_of,
        shared=shared,
        disk=disk,
        lane=lane,
    )
