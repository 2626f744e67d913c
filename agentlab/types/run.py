"""A run: one goal, from its spec to its result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from agentlab.types.plan import Plan
from agentlab.types.recording import ToolSource
from agentlab.types.tool import ToolError
from agentlab.types.usage import Limits

RunStatus = Literal["queued", "running", "succeeded", "failed", "cancelled", "crashed"]
StepStatus = Literal["pending", "running", "succeeded", "failed", "skipped", "cancelled"]
FINISHED: frozenset[str] = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """Everything a worker needs to know to run a goal."""

    run_id: str
    goal: str
    model: str = "offline"
    plan: Plan | None = None
    """A plan of one's own; then no model is asked for anything."""
    tools: ToolSource = "live"
    """``recorded``: every call of a tool gets the result it had in the run that ``model`` replays."""
    domains: tuple[str, ...] = ()
    """Hosts that its tools may reach, ``example.org`` or ``*.example.org``; empty for all that the guard allows."""
    limits: Limits = field(default_factory=Limits)
    submitted_at: float = 0.0
    """Seconds since the epoch, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What became of one step of the plan."""

    id: str
    tool: str
    status: StepStatus
    attempts: int = 0
    """Calls made; 0 where the step never started."""
    result: Any = None
    error: ToolError | None = None
    credits: int = 0
    """Micro-credits of all attempts together."""
    cost_usd: float | None = 0.0
    untrusted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """The end of a run, as ``agentlab run --json`` prints it."""

    run_id: str
    status: RunStatus
    goal: str = ""
    answer: str = ""
    error: str = ""
    """Why the run did not succeed and what to do next; empty on success."""
    steps: tuple[StepResult, ...] = ()
    credits: int = 0
    """Micro-credits of the whole run."""
    cost_usd: float | None = 0.0
    """US dollars; None where any part of it is unknown."""
    duration_s: float = 0.0
    model: str = ""
