"""The order of a plan: which steps may start, which wait, and whether the waiting ever ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from graphlib import CycleError, TopologicalSorter

from agentlab.agent.references import references, step_named
from agentlab.types import Plan, Step


def needed(step: Step) -> set[str]:
    """The steps whose results the arguments of ``step`` name."""
    return {name for path in references(step.args) if (name := step_named(path))}


def dependencies(step: Step) -> set[str]:
    """The steps that ``step`` looks to: those it lists and those its arguments name."""
    return needed(step) | set(step.depends_on)


def may_start(step: Step, succeeded: AbstractSet[str]) -> bool:
    """Whether ``step`` waits for nothing any more."""
    listed = set(step.depends_on)
    enough = listed <= succeeded if step.join == "all" else not listed or bool(listed & succeeded)
    return enough and needed(step) <= succeeded


def cannot_start(step: Step, lost: AbstractSet[str]) -> bool:
    """Whether ``step`` waits for something that will never come, now that ``lost`` are lost."""
    listed = set(step.depends_on)
    hopeless = bool(listed & lost) if step.join == "all" else bool(listed) and listed <= lost
    return hopeless or bool(needed(step) & lost)


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
    sorter = TopologicalSorter({step.id: dependencies(step) & set(by_id) for step in plan.steps})
    sorter.prepare()
    groups: list[list[Step]] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=list(by_id).index)
        groups.append([by_id[name] for name in ready])
        sorter.done(*ready)
    return groups


def after(plan: Plan, names: Collection[str]) -> set[str]:
    """``names`` and every step that builds on one of them, however far."""
    found = set(names)
    for wave in waves(plan):
        found |= {step.id for step in wave if dependencies(step) & found}
    return found
