"""The order of a plan: which steps may start, which wait, and whether the waiting ever ends."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from agentlab.agent.references import references, step_named
from agentlab.types import Plan, Step


def dependencies(step: Step) -> set[str]:
    """The steps that ``step`` waits for: those it lists and those its arguments name."""
    named = {name for path in references(step.args) if (name := step_named(path))}
    return set(step.depends_on) | named


def circle(steps: Iterable[Step]) -> list[str] | None:
    """The ids of a circle of steps that wait for each other, or None."""
    try:
        TopologicalSorter({step.id: dependencies(step) for step in steps}).prepare()
    except CycleError as error:
        return list(error.args[1])
    return None


def waves(plan: Plan) -> list[list[Step]]:
    """The steps in groups; those of one group do not wait for each other. For showing a plan, not for running it."""
    by_id = {step.id: step for step in plan.steps}
    sorter = TopologicalSorter({step.id: dependencies(step) for step in plan.steps})
    sorter.prepare()
    groups: list[list[Step]] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=list(by_id).index)
        groups.append([by_id[name] for name in ready])
        sorter.done(*ready)
    return groups
