"""A goal that runs again and again, at times that a line of cron names."""

from __future__ import annotations

from dataclasses import dataclass, field

from agentlab.types.plan import JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What runs, when, and how it went the last time. Times are seconds since the epoch, UTC."""

    name: str
    cron: str
    """Five fields, as it was written: ``0 7 * * MON-FRI``, or ``@daily``."""
    goal: str
    timezone: str = "UTC"
    """IANA name of the zone that ``cron`` is in."""
    how: JSON = field(default_factory=dict)
    """What ``lab.submit`` is given besides the goal, as JSON: ``plan``, ``model``, ``budget``, ``domains``."""
    notify: tuple[str, ...] | None = None
    """What is told outward of its runs; None for what the settings say."""
    catch_up: bool = True
    """Whether the last of the times that no worker lived at is made up for."""
    paused: bool = False
    next_times: tuple[float, ...] = ()
    """The next three; none while it is paused."""
    due_at: float | None = None
    """The last time that came; None before the first."""
    last_run: str = ""
    """The last run; empty before the first."""
    last_status: str = ""
    """Where that run is."""
    error: str = ""
    """Why the last time made no run, and what to do; else empty."""
