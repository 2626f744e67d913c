"""What a run works with: its ports in one record, so that the loop's functions take few arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from agentlab.agent.alone import EffectsInMind, NobodyToAsk, NoGuard, NoMemory
from agentlab.agent.guards import Budget
from agentlab.types import (
    Children,
    Desk,
    Effects,
    Model,
    OnDelta,
    Recorder,
    Remembering,
    RunSpec,
    Scope,
    ToolGuard,
    Tools,
    trace_id_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The ports and the purse of one run."""

    spec: RunSpec
    model: Model
    tools: Tools
    recorder: Recorder
    budget: Budget
    desk: Desk = field(default_factory=NobodyToAsk)
    effects: Effects = field(default_factory=EffectsInMind)
    guard: ToolGuard = field(default_factory=NoGuard)
    memory: Remembering = field(default_factory=NoMemory)
    children: Children | None = None
    """None where runs can begin no others."""
    success: Callable[[], Mapping[str, float]] = dict
    """How often the calls of a tool have succeeded so far, 0 to 1, by name; those without a past are missing."""

    hear: OnDelta | None = None
    """Who hears the answer while it is written; None where nobody does."""

    @property
    def top(self) -> Scope:
        """Where the run's own span hangs: at the top of its trace, or below the step that has begun it."""
        parent = self.spec.parent
        if parent is None:
            return Scope.of_run(self.spec.run_id)
        return Scope(trace_id=trace_id_of(parent.root), run_id=self.spec.run_id, parent_span_id=parent.span_id)
