"""A run: one goal, from its spec to its result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from agentlab.types.effect import Effect
from agentlab.types.plan import JSON, Plan
from agentlab.types.recording import ToolSource
from agentlab.types.tool import ToolError
from agentlab.types.usage import Limits

RunStatus = Literal["queued", "running", "waiting", "paused", "succeeded", "failed", "cancelled", "crashed"]
StepStatus = Literal["pending", "running", "succeeded", "failed", "skipped", "cancelled"]
FINISHED: frozenset[str] = frozenset({"succeeded", "failed", "cancelled"})
RESTING: frozenset[str] = FINISHED | {"waiting", "paused"}
"""A run that goes on by itself no more: it has ended, or somebody must say something first."""
Approval = Literal["plan", "changes", "untrusted", "failure"]
"""When a person is asked: for the plan; for each step that changes the world; where text from outside had a hand in one
that sends, shares, deletes or spends; where a step has failed and its tool says that a person may know more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """Where in another run a run belongs: one of its steps has begun it."""

    run_id: str
    root: str
    """The run at the top, whose trace all of them share."""
    span_id: str
    depth: int = 1
    """1 for the child of a run that nobody began."""


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
    note: str = ""
    """Why it was left out on purpose; else empty."""


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
    user: str = "local"
    """Whose credits and rates it uses, and whose memory it reads."""
    thread: str = ""
    """The conversation it continues; empty for none."""
    memory: bool = True
    """Whether it reads what the user's memory holds, and adds what it found."""
    approve: tuple[Approval, ...] = ("untrusted",)
    """When a person is asked."""
    reason: bool = False
    """Whether a model looks at what is known before each step that builds on others, and may change its arguments."""
    check: bool = False
    """Whether a model looks at each result and says where it is not what was wanted."""
    undo: bool = True
    """Whether what it did is taken back where it fails or is cancelled."""
    given: tuple[StepResult, ...] = ()
    """Results of steps that another run has had already; these steps are not run."""
    forked_from: str = ""
    """The run that ``given`` is from."""
    parent: Parent | None = None
    shared: JSON = field(default_factory=dict)
    """What others have found for it, by name."""
    untrusted: bool = False
    """True where text from outside had a hand in the goal, such as that of a run which another one has begun."""
    schedule: str = ""
    """The schedule that it is a run of; empty for none."""
    notify: tuple[str, ...] | None = None
    """What is told of it outward: ``failed``, ``succeeded``, ``cancelled``, ``waiting``, ``long``; None: as the settings say."""
    submitted_at: float = 0.0
    """Seconds since the epoch, UTC."""


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
    plan: Plan | None = None
    """The plan as it stood at the end; None where there was none."""
    score: float | None = None
    """What that plan was worth before it ran, 0 to 10; None where it was not scored."""
    cites: tuple[str, ...] = ()
    """Ids of the steps that the answer rests on."""
    effects: tuple[Effect, ...] = ()
    """What it did to the world, in the order in which it began, and what was taken back of it."""
    thread: str = ""
