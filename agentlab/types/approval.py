"""What a run asks a person, and what the person says. Both wait in the database of runs, for days where need be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from agentlab.types.plan import JSON, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """May it go on? Asked of a plan before it runs, of a step before it starts, of a failure that needs a person."""

    run_id: str
    name: str
    """Unique in the run: ``plan``, or the id of a step with the number of its call."""
    about: Literal["plan", "step", "failure"]
    why: str
    """One sentence for the person."""
    step: str = ""
    tool: str = ""
    args: JSON = field(default_factory=dict)
    plan: Plan | None = None
    asked_at: float = 0.0
    """Seconds since the epoch, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person said to a question."""

    name: str
    """The question's."""
    yes: bool
    by: str = "local"
    note: str = ""
    """Why not, or what to do instead; a planner is told."""
    plan: Plan | None = None
    """The plan as the person wants it; None to take it as it is."""
    args: JSON | None = None
    """The arguments as the person wants them; None to take them as they are."""
