"""Cache, breakers and rate limits of everyone on one Redis. Each operation is one command or one script, and atomic.

The keys of a script carry the same mark in braces, so that they lie on one node of a cluster:

::

    agentlab:cache:<key>                 text, with an expiry
    agentlab:{breakers}                  set of the names that have failed
    agentlab:{breakers}:<name>           hash: failures, opened, probed
    agentlab:{rates}                     sorted set of the pairs that called within the last minute
    agentlab:{rates}:<pair>              list of the times of their calls

Times are milliseconds of the server's clock, which is the same for all.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from agentlab.models.guards.breakers import PROBE_WAIT_S, BreakerRule, BreakerStore, Refusal, state_of
from agentlab.models.guards.cache import CacheStore
from agentlab.models.guards.rates import WINDOW_S, RateStore, rate_state
from agentlab.models.guards.shared import Shared
from agentlab.models.guards.states import BreakerState, RateState
from agentlab.models.guards.waiting import Clock

BREAKERS = "agentlab:{breakers}"
RATES = "agentlab:{rates}"
KEEP_BREAKER_MS = 24 * 3_600_000
"""Milliseconds beyond its cooldown after which a breaker that nobody asks is forgotten."""
WINDOW_MS = int(WINDOW_S * 1_000)


class RedisCache:
    """Answers on Redis; in ``memory`` while it is away."""

    def __init__(self, shared: Shared, memory: CacheStore, ttl_s: float) -> None:
        self._shared = shared
        self._memory = memory
        self._ttl_ms = int(ttl_s * 1_000)

    async def read(self, key: str) -> str | None:
        """The text under ``key``, unless it is too old."""
        return await self._shared.ask(
            lambda client: client.get(f"agentlab:cache:{key}"), lambda: self._memory.read(key)
        )

    async def write(self, key: str, text: str) -> None:
        """Keep ``text``, in place of what was there."""
        await self._shared.ask(
            lambda client: client.set(f"agentlab:cache:{key}", text, px=self._ttl_ms),
            lambda: self._memory.write(key, text),
        )


class RedisBreakers:
    """Breakers on Redis; in ``memory`` while it is away."""

    def __init__(self, shared: Shared, memory: BreakerStore, rule: BreakerRule, clock: Clock | None) -> None:
        self._shared = shared
        self._memory = memory
        self._rule = rule
        self._cooldown_ms = int(rule.cooldown_s * 1_000)
        self._clock = clock

    async def admit(self, name: str) -> Refusal | None:
        """Why not; None where the call may go."""

        def ask(client: Any) -> Refusal | None:
            free, failures, left_ms, probing = _eval(
                client, "admit", [_breaker(name)], _now(self._clock), self._cooldown_ms, int(PROBE_WAIT_S * 1_000)
            )
            return None if free else Refusal(failures, left_ms / 1_000, bool(probing))

        return await self._shared.ask(ask, lambda: self._memory.admit(name))

    async def succeeded(self, name: str) -> None:
        """Forget the failures; close it, unless it is still open."""
        keys = [_breaker(name), BREAKERS]
        await self._shared.ask(
            lambda client: _eval(client, "succeeded", keys, _now(self._clock), self._cooldown_ms, name),
            lambda: self._memory.succeeded(name),
        )

    async def failed(self, name: str) -> None:
        """Count the failure; open it at the threshold, or when its probe failed."""
        keys, keep_ms = [_breaker(name), BREAKERS], self._cooldown_ms + KEEP_BREAKER_MS
        rule = (self._cooldown_ms, self._rule.threshold, keep_ms)
        await self._shared.ask(
            lambda client: _eval(client, "failed", keys, _now(self._clock), *rule, name),
            lambda: self._memory.failed(name),
        )

    async def states(self) -> list[BreakerState]:
        """Those that are kept, by name."""

        def ask(client: Any) -> list[BreakerState]:
            names = sorted(client.smembers(BREAKERS))
            if not names:
                return []
            *kept, now_ms = _eval(client, "breakers", [_breaker(name) for name in names], _now(self._clock))
            return [
                state_of(name, self._rule, now_ms / 1_000, int(failures), _seconds(opened), _seconds(probed))
                for name, (failures, opened, probed) in zip(names, kept, strict=True)
                if failures
            ]

        return await self._shared.ask(ask, self._memory.states)


class RedisRates:
    """Calls counted on Redis; in ``memory`` while it is away."""

    def __init__(self, shared: Shared, memory: RateStore, limit: int, clock: Clock | None) -> None:
        self._shared = shared
        self._memory = memory
        self._limit = limit
        self._clock = clock

    async def take(self, user: str, provider: str) -> float:
        """Take a place: 0, or the seconds until one is free."""
        pair = json.dumps([user, provider])
        keys = [f"{RATES}:{pair}", RATES]

        def ask(client: Any) -> float:
            free_in_ms = _eval(client, "take", keys, _now(self._clock), WINDOW_MS, self._limit, pair)
            return float(free_in_ms / 1_000)

        return await self._shared.ask(ask, lambda: self._memory.take(user, provider))

    async def states(self) -> list[RateState]:
        """Those with a call within the last minute."""

        def ask(client: Any) -> list[RateState]:
            pairs = client.zrange(RATES, 0, -1)
            if not pairs:
                return []
            counts = _eval(client, "rates", [f"{RATES}:{pair}" for pair in pairs], _now(self._clock), WINDOW_MS)
            used = sorted((*json.loads(pair), count) for pair, count in zip(pairs, counts, strict=True) if count)
            return [rate_state(user, provider, self._limit, count) for user, provider, count in used]

        return await self._shared.ask(ask, self._memory.states)


def _eval(client: Any, name: str, keys: list[str], *arguments: str | int) -> Any:
    # The whole text each time: a server that was restarted, or another node, does not know it by its digest.
    return client.eval(_script(name), len(keys), *keys, *arguments)


@cache
def _script(name: str) -> str:
    return Path(__file__).with_name(f"{name}.lua").read_text(encoding="utf-8")


def _breaker(name: str) -> str:
    return f"{BREAKERS}:{name}"


def _now(clock: Clock | None) -> str:
    return str(int(clock.now() * 1_000)) if clock else ""


def _seconds(milliseconds: str) -> float | None:
    return float(milliseconds) / 1_000 if milliseconds else None
