"""How the guards stand, as records that a page or a command can show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerState:
    """One breaker. Those that have seen no failure since the last success are not told of."""

    name: str
    state: Literal["closed", "open", "half-open"]
    """``closed`` lets calls through, ``open`` none, ``half-open`` one that tries."""
    failures: int
    """In a row."""
    opened_at: datetime | None
    """UTC, without zone; None while it is closed."""
    retry_after_s: float
    """Seconds until a call may try again; 0 where one may now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateState:
    """What one user has asked of one provider within the last minute."""

    user: str
    provider: str
    limit: int
    """Calls a minute."""
    used: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedState:
    """The Redis that the state is shared over."""

    url: str
    """Without its password; empty where nothing is shared."""
    reachable: bool
    since: datetime | None
    """When it was first reached, or lost, or reached again: UTC, without zone."""
    error: str
    """Why it was last not reachable; empty where it always was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardStates:
    """All of them, at one moment."""

    breakers: list[BreakerState]
    """By name."""
    rates: list[RateState]
    """By user and provider; empty where there is no limit."""
    shared: SharedState
