"""What somebody is told about a run: that it ended, or that it waits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One message about one run. Times are seconds since the epoch, UTC."""

    id: int
    run_id: str
    """Empty where the time of a schedule made no run."""
    status: str
    """The run's: failed, succeeded, cancelled, waiting."""
    title: str
    text: str
    """Answer or reason, then what it took; no secret in it."""
    user: str = "local"
    at: float = 0.0
    read_at: float | None = None
    sent: int = 0
    """Targets that have it."""
    unsent: int = 0
    """Targets that do not have it yet, or will not get it."""
    error: str = ""
    """Why the last attempt at one of those failed; else empty."""
