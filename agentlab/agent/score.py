"""What a plan is worth before it runs: efficiency, reliability and cost-effectiveness, 0 to 10 each, with what would improve it.

Reckoned from the plan's shape, the tools' fees and how often their calls have succeeded so far. No model is asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from agentlab.agent.graph import dependencies, needed
from agentlab.types import Limits, Plan, Step, Tools, to_credits

BAR = 6.0
"""Below this a plan is made again with the improvements, and the better one is kept."""
UNKNOWN_TOOL = 0.95
"""How often a call succeeds of which nothing is known yet."""
MANY_STEPS = 12
_WEIGHTS = (0.35, 0.4, 0.25)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanScore:
    """The worth of a plan, 0 to 10; ``improvements`` are for whoever makes it again."""

    efficiency: float
    reliability: float
    cost: float
    improvements: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """All three in one."""
        parts = (self.efficiency, self.reliability, self.cost)
        return round(sum(weight * part for weight, part in zip(_WEIGHTS, parts, strict=True)), 2)


def score(plan: Plan, tools: Tools, limits: Limits, success: Mapping[str, float]) -> PlanScore:
    """The worth of ``plan``; ``success`` is how often calls succeed, 0 to 1, by tool."""
    efficiency, lean = _efficiency(plan, tools)
    reliability, safe = _reliability(plan, tools, success)
    cost, cheap = _cost(plan, tools, limits)
    return PlanScore(efficiency=efficiency, reliability=reliability, cost=cost, improvements=(*lean, *safe, *cheap))


def _efficiency(plan: Plan, tools: Tools) -> tuple[float, list[str]]:
    """Ten, less for what is done twice, for needless waiting, and for a long plan."""
    lost, words = 0.0, []
    seen: dict[str, str] = {}
    for step in plan.steps:
        call = json.dumps([step.tool, step.args], sort_keys=True, default=str)
        if call in seen and not _changes_world(step, tools):
            lost += 2.5
            words.append(f"Step '{step.id}' does what '{seen[call]}' does: use that one's result.")
        seen.setdefault(call, step.id)
        idle = [name for name in step.depends_on if _waits_for_nothing(step, name, plan, tools)]
        if idle:
            lost += 1.0
            words.append(
                f"Step '{step.id}' waits for {', '.join(idle)} and uses nothing of it: let them run side by side."
            )
    if len(plan.steps) > MANY_STEPS:
        lost += 0.5 * (len(plan.steps) - MANY_STEPS)
        words.append(f"The plan has {len(plan.steps)} steps: reach the goal with fewer.")
    return max(10.0 - lost, 0.0), words


def _waits_for_nothing(step: Step, name: str, plan: Plan, tools: Tools) -> bool:
    """Whether waiting for ``name`` changes nothing: its result is not used, and neither changes the world."""
    other = next((one for one in plan.steps if one.id == name), None)
    if other is None or name in needed(step) or step.join == "any":
        return False
    return not (_changes_world(step, tools) or _changes_world(other, tools))


def _reliability(plan: Plan, tools: Tools, success: Mapping[str, float]) -> tuple[float, list[str]]:
    """Ten times the chance that every step succeeds, less where something final happens before what may still fail."""
    chance = prod(success.get(step.tool, UNKNOWN_TOOL) for step in plan.steps)
    lost, words = 0.0, []
    shaky = {step.id for step in plan.steps if success.get(step.tool, UNKNOWN_TOOL) < 0.8}
    words += [
        f"Step '{step.id}' uses {step.tool}, of whose calls {success[step.tool]:.0%} succeeded: take another tool if one does it."
        for step in plan.steps
        if step.id in shaky
    ]
    for step in plan.steps:
        if _is_final(step, tools) and (late := _independent_and_later(step, plan)):
            lost += 2.0
            words.append(f"Step '{step.id}' cannot be taken back: let it wait for {', '.join(late)}.")
    return max(10.0 * chance - lost, 0.0), words


def _independent_and_later(step: Step, plan: Plan) -> list[str]:
    """Steps that stand after ``step`` in the plan and that it does not wait for, nor they for it."""
    place = plan.steps.index(step)
    below = {step.id}
    for other in plan.steps[place + 1 :]:
        if dependencies(other) & below:
            below.add(other.id)
    return [
        other.id for other in plan.steps[place + 1 :] if other.id not in below and other.id not in dependencies(step)
    ]


def _cost(plan: Plan, tools: Tools, limits: Limits) -> tuple[float, list[str]]:
    """Ten, less the share of the budget that the tools' fees take."""
    fees = {step.id: tool.spec.credits for step in plan.steps if (tool := tools.get(step.tool))}
    share = sum(fees.values()) / limits.budget if limits.budget else 1.0
    if share <= 0.5:
        return 10.0 - 10.0 * share, []
    dearest = max(fees, key=lambda name: fees[name])
    return max(10.0 - 10.0 * share, 0.0), [
        f"The tools cost {to_credits(sum(fees.values())):g} of {to_credits(limits.budget):g} credits; the dearest step is '{dearest}'."
    ]


def _changes_world(step: Step, tools: Tools) -> bool:
    tool = tools.get(step.tool)
    return tool is not None and tool.spec.changes_world


def _is_final(step: Step, tools: Tools) -> bool:
    tool = tools.get(step.tool)
    return tool is not None and tool.spec.changes_world and not tool.spec.reversible
