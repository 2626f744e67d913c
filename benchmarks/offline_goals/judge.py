"""What counts as right: the steps that a goal asks for, and what must be true in the world afterwards.

An expected argument is a value (texts in any case), or one of these:

``{"has": [words…]}``        a text that holds all of them
``{"ref": "ai.summarize"}``  a reference to a step of that tool, anywhere inside
``{"any": [values…]}``       one of these; ``"$absent"`` stands for not being given
"""

from __future__ import annotations

import json
import re
from itertools import permutations
from typing import Any

from agentlab.agent.graph import dependencies
from agentlab.agent.references import references, step_named
from agentlab.types import JSON, Plan, Step
from offline_goals.world import World


def plan_problem(plan: Plan, expected: list[JSON]) -> str:
    """Why the steps of ``plan`` are not the expected ones; empty where they are, in any order that keeps ``after``."""
    made, wanted = sorted(step.tool for step in plan.steps), sorted(str(step["tool"]) for step in expected)
    if made != wanted:
        return f"planned {' '.join(made) or 'nothing'}, not {' '.join(wanted)}"
    by_tool: dict[str, list[Step]] = {}
    for step in plan.steps:
        by_tool.setdefault(step.tool, []).append(step)
    for tool, steps in by_tool.items():
        asked = [step for step in expected if step["tool"] == tool]
        tries = [_pair_problems(order, asked, plan) for order in permutations(steps)]
        if all(tries):
            return min(tries, key=len)
    return ""


def world_problem(world: World, answer: str, expected: JSON) -> str:
    """What is not as it must be after a goal; whatever is not expected to change must be as it was."""
    made = world.changes()
    wanted = {part: value for part, value in expected.items() if part not in ("answer", "page")}
    if extra := sorted(set(made) - set(wanted)):
        return f"changed without being asked: {', '.join(extra)}"
    for part, value in wanted.items():
        if problem := _part_problem(part, made.get(part, []), value):
            return problem
    if missing := [words for words in expected.get("answer", []) if words not in answer]:
        return f"the answer lacks {missing[0]!r}"
    if "page" in expected and not world.browser.url.endswith(expected["page"]):
        return f"the browser is at {world.browser.url or 'no page'}"
    return ""


def _pair_problems(steps: tuple[Step, ...], asked: list[JSON], plan: Plan) -> str:
    return "; ".join(filter(None, (_step_problem(step, want, plan) for step, want in zip(steps, asked, strict=True))))


def _step_problem(step: Step, wanted: JSON, plan: Plan) -> str:
    tools = {other.id: other.tool for other in plan.steps}
    for name, value in wanted.get("args", {}).items():
        if not _fits(step.args.get(name, "$absent"), value, tools):
            return f"{step.tool}: {name} is {json.dumps(step.args.get(name), ensure_ascii=False)[:90]}"
    before = {tools[name] for name in _before(step, plan)}
    late = [tool for tool in wanted.get("after", []) if tool not in before]
    return f"{step.tool} does not wait for {late[0]}" if late else ""


def _before(step: Step, plan: Plan) -> set[str]:
    steps = {other.id: other for other in plan.steps}
    found: set[str] = set()
    waiting = [step]
    while waiting:
        fresh = dependencies(waiting.pop()) - found
        found |= fresh
        waiting += [steps[name] for name in fresh]
    return found


def _fits(made: Any, wanted: Any, tools: dict[str, str]) -> bool:
    if isinstance(wanted, dict) and len(wanted) == 1:
        ((form, value),) = wanted.items()
        if form == "has":
            return all(_plain(words) in _plain(made) for words in value)
        if form == "ref":
            return value in {tools.get(step_named(path) or "") for path in references(made)}
        if form == "any":
            return any(_fits(made, one, tools) for one in value)
    if isinstance(wanted, list) and isinstance(made, list):
        return len(made) == len(wanted) and all(_fits(m, w, tools) for m, w in zip(made, wanted, strict=True))
    if isinstance(wanted, str) and isinstance(made, str):
        return _plain(made).rstrip(".") == _plain(wanted).rstrip(".")
    return bool(made == wanted)


def _part_problem(part: str, made: Any, wanted: Any) -> str:
    items = [{"path": path, "body": text} for path, text in made.items()] if isinstance(made, dict) else list(made)
    if len(items) != len(wanted):
        return f"{part}: {len(items)} instead of {len(wanted)}"
    for item, want in zip(items, wanted, strict=True):
        if isinstance(want, str):
            if want != (item["title"] if isinstance(item, dict) else item):
                return f"{part}: {item} instead of {want}"
            continue
        for name, value in want.items():
            if not _item_fits(item, name, value):
                return f"{part}: {name} should be {json.dumps(value, ensure_ascii=False)[:80]}, is {str(item)[:160]}"
    return ""


def _item_fits(item: JSON, name: str, value: Any) -> bool:
    if name == "has":
        return all(_plain(words) in _plain(item) for words in value)
    if name == "has_or_attached":
        return any(words in str(item) for words in value)
    if name == "attached":
        return bool(item["attachments"] == value)
    return _fits(item.get(name), value, {})


def _plain(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return re.sub(r"\s+", " ", text).strip().lower()
