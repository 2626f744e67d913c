"""What a run has so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agentlab.agent.graph import dependencies
from agentlab.types import JSON, Memory, Plan, Step, StepResult, Turn

NEWEST = 5
"""Results that a model is shown before a step besides those that the step builds on."""


@dataclass(slots=True)
class Progress:
    """The plan as it stands, and what its steps have found."""

    plan: Plan
    steps: dict[str, StepResult] = field(default_factory=dict)
    """By id, in the order in which they ended."""
    known: JSON = field(default_factory=lambda: {"steps": {}})
    """What arguments may name: ``{"steps": {id: {"data": …}}}``."""
    tainted: set[str] = field(default_factory=set)
    """Steps whose results hold text from outside."""
    shaped: bool = False
    """True where whoever made the plan had seen text from outside, and nobody has looked at the plan since."""
    memories: tuple[Memory, ...] = ()
    turns: tuple[Turn, ...] = ()
    balance: int | None = None
    """Micro-credits that its user had when the run began; None where nobody looked."""
    score: float | None = None
    """What the plan was worth before it ran, 0 to 10."""

    @property
    def planned(self) -> bool:
        """Whether a model made the plan, and may be asked about it."""
        return self.plan.origin == "model"

    def add(self, outcome: StepResult) -> None:
        """A step has ended."""
        self.steps[outcome.id] = outcome
        if outcome.status == "succeeded":
            self.known["steps"][outcome.id] = {"data": outcome.result}
            if outcome.untrusted:
                self.tainted.add(outcome.id)

    def results_for(self, step: Step) -> dict[str, Any]:
        """What the steps have found that ``step`` builds on, and the newest of the others; as many however long the run."""
        known = self.known["steps"]
        names = [*list(known)[-NEWEST:], *sorted(dependencies(step) & known.keys())]
        return {name: known[name]["data"] for name in dict.fromkeys(names)}

    def passed(self) -> set[str]:
        """Steps that have succeeded, or were left out on purpose: nobody waits for them any more."""
        return {name for name, step in self.steps.items() if step.status == "succeeded" or step.note}

    def failed(self) -> list[StepResult]:
        """Steps that have failed, in the order of the plan: they end in another one when a run is taken up again."""
        return [step for step in self.in_order() if step.status == "failed"]

    def in_order(self) -> tuple[StepResult, ...]:
        """Every step of the plan, in its order; those never started are skipped."""
        return tuple(
            self.steps.get(step.id) or StepResult(id=step.id, tool=step.tool, status="skipped")
            for step in self.plan.steps
        )
