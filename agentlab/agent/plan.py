"""From words or JSON to a plan that can run: read it, check it against the tools, say everything that is wrong at once."""

from __future__ import annotations

import re
from typing import Any, Literal

from agentlab.agent.graph import circle, dependencies
from agentlab.agent.references import is_path, references, step_named
from agentlab.agent.shapes import wrong_paths
from agentlab.errors import PlanInvalid, near
from agentlab.types import JSON, Limits, Plan, Step, Tools

_ID = re.compile(r"^[A-Za-z0-9_-]{1,64}$")
_STEP_FIELDS = {"id", "tool", "args", "depends_on", "join", "ask", "description"}


def read_plan(data: Any, *, origin: Literal["model", "file"], goal: str = "") -> Plan:
    """The plan that ``data`` (parsed JSON) describes.

    ``goal`` fills in where the data name none. Raises ``PlanInvalid`` with every problem of the form;
    whether the plan fits the tools is ``problems_of``'s matter.
    """
    if not isinstance(data, dict):
        raise PlanInvalid([f"A plan is a JSON object with goal and steps, not {_article(data)}."])
    raw_steps = data.get("steps", [])
    if not isinstance(raw_steps, list):
        raise PlanInvalid([f"'steps' is a list, not {_article(raw_steps)}."])
    problems = [problem for number, raw in enumerate(raw_steps, 1) for problem in _form_problems(raw, number)]
    if origin == "file" and not raw_steps:
        problems.append("The plan has no steps.")
    if problems:
        raise PlanInvalid(problems)
    return Plan(
        goal=str(data.get("goal") or goal),
        steps=tuple(_step(raw) for raw in raw_steps),
        origin=origin,
        rationale=str(data.get("rationale") or ""),
        answer=str(data.get("answer") or ""),
        refusal=str(data.get("refusal") or ""),
    )


def _step(raw: JSON) -> Step:
    return Step(
        id=raw["id"],
        tool=raw["tool"],
        args=raw.get("args") or {},
        depends_on=tuple(raw.get("depends_on") or ()),
        join=raw.get("join") or "all",
        ask=bool(raw.get("ask")),
        description=str(raw.get("description") or ""),
    )


def _form_problems(raw: Any, number: int) -> list[str]:
    if not isinstance(raw, dict):
        return [f"Step {number} is an object, not {_article(raw)}."]
    found = [
        f"Step {number} has an unknown field '{key}'. {near(key, sorted(_STEP_FIELDS))}"
        for key in raw
        if key not in _STEP_FIELDS
    ]
    if not isinstance(raw.get("id"), str) or not _ID.match(raw["id"]):
        found.append(f"Step {number} needs an 'id' of letters, digits, - and _.")
    if not isinstance(raw.get("tool"), str):
        found.append(f"Step {number} needs the name of a 'tool'.")
    if not isinstance(raw.get("args") or {}, dict):
        found.append(f"'args' of step {number} is an object, not {_article(raw['args'])}.")
    waits = raw.get("depends_on") or []
    if not isinstance(waits, list) or not all(isinstance(name, str) for name in waits):
        found.append(f"'depends_on' of step {number} is a list of step ids.")
    if (raw.get("join") or "all") not in ("all", "any"):
        found.append(f'\'join\' of step {number} is "all" or "any": whether it waits for all or for any one of them.')
    if not isinstance(raw.get("ask") or False, bool):
        found.append(f"'ask' of step {number} is true or false.")
    return found


def _article(value: Any) -> str:
    names = {list: "a list", dict: "an object", str: "a text", bool: "a truth value", type(None): "nothing"}
    return names.get(type(value), "a number")


def problems_of(
    plan: Plan,
    tools: Tools,
    limits: Limits,
    *,
    known: frozenset[str] = frozenset(),
    taken: frozenset[str] = frozenset(),
) -> list[str]:
    """Everything that keeps ``plan`` from running with ``tools`` inside ``limits``, one sentence each.

    ``known`` are steps outside of the plan whose results it may name; ``taken`` are ids that steps have had already.
    """
    ids = [step.id for step in plan.steps]
    found = [f"The id '{name}' is used twice." for name in sorted({name for name in ids if ids.count(name) > 1})]
    found += [f"The id '{name}' was used already; take a new one." for name in sorted(taken & set(ids))]
    if len(ids) > limits.max_steps:
        found.append(f"The plan has {len(ids)} steps; the limit is {limits.max_steps}.")
    for step in plan.steps:
        found += _tool_problems(step, tools) + _wait_problems(step, [*ids, *sorted(known)])
        found += [f"Step '{step.id}': {problem}" for problem in wrong_paths(step, plan, tools)]
    if ring := circle(plan.steps):
        found.append(f"Steps wait for each other in a circle: {' -> '.join(ring)}.")
    return found


def _tool_problems(step: Step, tools: Tools) -> list[str]:
    tool = tools.get(step.tool)
    if tool is None:
        known = [spec.name for spec in tools.specs()]
        return [f"Step '{step.id}' names the unknown tool '{step.tool}'. {near(step.tool, known)}"]
    named = {key for key, value in step.args.items() if any(references(value))}
    sure = {key: value for key, value in step.args.items() if key not in named}
    return [f"Step '{step.id}': {problem}" for problem in tool.validate(sure, later=frozenset(named))]


def _wait_problems(step: Step, ids: list[str]) -> list[str]:
    found = [
        f"Step '{step.id}' waits for '{name}', which is not in the plan. {near(name, ids)}"
        for name in sorted(dependencies(step) - set(ids))
    ]
    for path in references(step.args):
        if not is_path(path):
            found.append(f"Step '{step.id}' names '{{{{{path}}}}}'; write {{{{steps.<id>.data.<field>}}}}.")
        elif step_named(path) is None:
            found.append(f"Step '{step.id}' names '{{{{{path}}}}}', but this run has no input.")
    return found


def least_credits(plan: Plan, tools: Tools) -> int:
    """Micro-credits that the plan uses at least: the tools' own fees, one call of each step."""
    return sum(tool.spec.credits for step in plan.steps if (tool := tools.get(step.tool)))
