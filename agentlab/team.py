"""Teams: several runs that depend on each other and share what they find, as one plan whose steps are runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentlab.agent.plan import read_plan
from agentlab.errors import PlanInvalid, near
from agentlab.types import JSON, Plan

_FIELDS = ("goal", "after", "join", "model", "budget", "share")
Members = Mapping[str, str | Mapping[str, Any]]
"""By name: a goal, or ``{goal, after, join, model, budget, share}``."""


def team_plan(goal: str, members: Members, *, answer: bool) -> Plan:
    """The plan of a team; with ``answer`` a model writes one answer out of what the members found.

    Each member's run is given the answers of those it comes ``after``; with ``join: any``, where not all of them need
    succeed, its goal names what it wants: ``{{steps.<name>.data.answer}}``. Raises ``PlanInvalid``.
    """
    if not members:
        raise PlanInvalid(["A team has one member at least."])
    problems: list[str] = []
    steps = [_step(name, member, problems) for name, member in members.items()]
    if problems:
        raise PlanInvalid(problems)
    return read_plan({"goal": goal, "steps": steps}, origin="model" if answer else "file")


def _step(name: str, member: str | Mapping[str, Any], problems: list[str]) -> JSON:
    told: dict[str, Any] = {"goal": member} if isinstance(member, str) else dict(member)
    problems += [
        f"The member '{name}' has an unknown field '{key}'. {near(key, _FIELDS)}" for key in set(told) - {*_FIELDS}
    ]
    goal, after, join = told.get("goal"), told.get("after") or [], told.get("join") or "all"
    if not isinstance(goal, str) or not goal.strip():
        problems.append(f"The member '{name}' needs a goal in words.")
    after = [after] if isinstance(after, str) else list(after)
    args: JSON = {"goal": goal}
    args |= {key: told[key] for key in ("model", "budget") if told.get(key)}
    shared = dict(told.get("share") or {})
    if join == "all":
        shared |= {other: f"{{{{steps.{other}.data.answer}}}}" for other in after}
    if shared:
        args["share"] = shared
    return {"id": name, "tool": "agent.run", "args": args, "depends_on": after, "join": join, "description": str(goal)}
