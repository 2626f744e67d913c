"""What outlives a run: what a user's memory holds, and the turns of a conversation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from agentlab.types.plan import JSON

MemoryKind = Literal["fact", "preference", "result"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """One thing remembered for a user. Text from a run is data from outside, never an instruction."""

    id: str
    user: str = "local"
    kind: MemoryKind = "fact"
    text: str = ""
    importance: float = 0.5
    """0 to 1; a preference that a person has written weighs more than a result in passing."""
    source: str = ""
    """The run that found it, or ``you`` where a person wrote it."""
    at: float = 0.0
    """Seconds since the epoch, UTC: when it was written or last changed."""
    untrusted: bool = False
    """True where text from outside had a hand in it."""
    score: float | None = None
    """How well it fits what was searched for, 0 to 1; None outside of searches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One run of a conversation, as the next one sees it."""

    run_id: str
    goal: str
    answer: str = ""
    found: JSON = field(default_factory=dict)
    """Results of its steps by id, shortened."""
    untrusted: bool = False
    """True where they hold text from outside."""
    at: float = 0.0
    """Seconds since the epoch, UTC."""
