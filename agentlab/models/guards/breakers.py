"""Circuit breakers: a model that keeps failing is left alone for a while, then one call tries whether it is back.

::

    closed ── failures reach the threshold ──> open ── cooldown passes ──> half-open ── the probe succeeds ──> closed
                                                ^                              │
                                                └────── the probe fails ───────┘

What calls report that were let through before it opened, and ended after, changes nothing while it is open.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from agentlab.errors import CircuitOpen
from agentlab.models.guards.states import BreakerState
from agentlab.trace import utc_now

PROBE_WAIT_S = 1.0
"""Seconds after which a call that met a probe under way may ask again."""


@dataclass(frozen=True, slots=True)
class BreakerRule:
    """When a breaker opens, and for how long."""

    threshold: int
    """Failures in a row."""
    cooldown_s: float
    """Seconds; also how long a probe keeps its place without reporting back."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call is not let through."""

    failures: int
    retry_after_s: float
    """Seconds."""
    probing: bool
    """Whether another call is trying right now."""


class BreakerStore(Protocol):
    """Where the state of breakers is kept. Each operation is atomic."""

    async def admit(self, name: str) -> Refusal | None: ...

    async def succeeded(self, name: str) -> None: ...

    async def failed(self, name: str) -> None: ...

    async def states(self) -> list[BreakerState]: ...


class Breakers:
    """One breaker for each name; safe in any number of threads and event loops."""

    def __init__(self, store: BreakerStore) -> None:
        self._store = store

    async def admit(self, name: str) -> None:
        """Let a call through. Raises ``CircuitOpen`` with ``retry_after_s`` while the breaker is open.

        After the cooldown one call is let through as a probe, the others wait for what it reports.
        """
        refusal = await self._store.admit(name)
        if refusal is None:
            return
        seconds = f"{max(refusal.retry_after_s, 0.1):.1f} s"
        state = "another call is just trying whether it is back" if refusal.probing else "it is left alone for a while"
        raise CircuitOpen(
            f"{name} failed {refusal.failures} times in a row; {state}.",
            hint=f"Ask again in {seconds}, or another model. AGENTLAB_BREAKER_THRESHOLD and AGENTLAB_BREAKER_COOLDOWN_S "
            "say when a model is left alone, and for how long.",
            retry_after_s=refusal.retry_after_s,
            name=name,
            failures=refusal.failures,
        )

    async def succeeded(self, name: str) -> None:
        """Report that a call which was let through went well."""
        await self._store.succeeded(name)

    async def failed(self, name: str) -> None:
        """Report that a call which was let through failed, in a way that others would as well."""
        await self._store.failed(name)

    async def states(self) -> list[BreakerState]:
        """The breakers that have seen a failure since their last success, by name."""
        return await self._store.states()


@dataclass(slots=True)
class _Breaker:
    failures: int = 0
    opened: float | None = None
    probed: float | None = None


class MemoryBreakers:
    """Breakers of this process."""

    def __init__(self, rule: BreakerRule, now: Callable[[], float]) -> None:
        self._rule = rule
        self._now = now
        self._lock = threading.Lock()
        self._known: dict[str, _Breaker] = {}

    async def admit(self, name: str) -> Refusal | None:
        """Why not; None where the call may go."""
        if name not in self._known:
            return None
        with self._lock:
            it = self._known.get(name)
            if it is None or it.opened is None:
                return None
            now = self._now()
            left = it.opened + self._rule.cooldown_s - now
            if left > 0:
                return Refusal(it.failures, left, probing=False)
            if it.probed is not None and (place := it.probed + self._rule.cooldown_s - now) > 0:
                return Refusal(it.failures, min(place, PROBE_WAIT_S), probing=True)
            it.probed = now
            return None

    async def succeeded(self, name: str) -> None:
        """Forget the failures; close it, unless it is still open."""
        if name not in self._known:
            return
        with self._lock:
            it = self._known.get(name)
            if it is not None and (it.opened is None or self._now() >= it.opened + self._rule.cooldown_s):
                del self._known[name]

    async def failed(self, name: str) -> None:
        """Count the failure; open it at the threshold, or when its probe failed."""
        with self._lock:
            it = self._known.setdefault(name, _Breaker())
            now = self._now()
            if it.opened is None:
                it.failures += 1
                if it.failures >= self._rule.threshold:
                    it.opened = now
            elif it.probed is not None:
                it.failures += 1
                it.opened, it.probed = now, None

    async def states(self) -> list[BreakerState]:
        """Those that are kept, by name."""
        with self._lock:
            now = self._now()
            return [
                state_of(name, self._rule, now, it.failures, it.opened, it.probed)
                for name, it in sorted(self._known.items())
            ]


def state_of(
    name: str, rule: BreakerRule, now: float, failures: int, opened: float | None, probed: float | None
) -> BreakerState:
    """What is told of a breaker that opened, and was last probed, at these seconds of the clock that says ``now``."""
    if opened is None:
        return BreakerState(name=name, state="closed", failures=failures, opened_at=None, retry_after_s=0.0)
    left = opened + rule.cooldown_s - now
    if left <= 0 and probed is not None:
        retry_after_s = min(max(probed + rule.cooldown_s - now, 0.0), PROBE_WAIT_S)
    else:
        retry_after_s = max(left, 0.0)
    return BreakerState(
        name=name,
        state="open" if left > 0 else "half-open",
        failures=failures,
        opened_at=utc_now() - timedelta(seconds=now - opened),
        retry_after_s=retry_after_s,
    )
