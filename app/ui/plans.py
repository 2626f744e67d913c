"""Plans on a page: what one is worth, and a table in which a person changes its steps."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import streamlit as st

from agentlab.agent.plan import least_credits, read_plan
from agentlab.agent.score import BAR, PlanScore
from agentlab.errors import PlanInvalid
from agentlab.insight import written
from agentlab.types import Plan, ToolSpec, to_credits
from ui import nodes
from ui.bench import the_lab
from ui.components import show
from ui.nodes import Node, el


def offered(plan: Plan, *, key: str) -> Plan:
    """Show a plan with what it is worth and costs at least, and let a person change it; the plan as it is then.

    Raises ``PlanInvalid`` where what was written is no plan.
    """
    tools, place = the_lab().tools, st.container()
    wanted = bool(plan.steps) and st.toggle("Change the plan", key=f"edit-{key}")
    chosen = edited(plan, tools.specs(), key=f"table-{key}") if wanted else plan
    least = written.counted(written.credits(to_credits(least_credits(chosen, tools))), "credit")
    top = nodes.titled("The plan", f"{written.counted(len(chosen.steps), 'step')}, from {least}")
    reason = el("p", chosen.rationale or chosen.answer, kind="soft")
    scored = [worth(the_lab().weigh(chosen))] if chosen.steps else []
    with place:
        show(top, reason, *scored, nodes.plan_list(chosen, tools.specs()), key=key)
    return chosen


def worth(score: PlanScore) -> Node:
    """What a plan is worth, in three parts, and what would make it better."""
    parts = (("efficiency", score.efficiency), ("reliability", score.reliability), ("cost", score.cost))
    line = [
        el("strong", f"Score {score.total:.1f} of 10"),
        *(el("span", f"{name} {value:.1f}") for name, value in parts),
    ]
    better = el("ul", *(el("li", words) for words in score.improvements)) if score.improvements else None
    return el("div", el("div", *line, kind="facts"), better, kind="worth" if score.total >= BAR else "worth low")


def edited(plan: Plan, tools: tuple[ToolSpec, ...], *, key: str) -> Plan:
    """``plan`` as the person has changed it. Raises ``PlanInvalid`` where what was written is no plan."""
    rows = [
        {
            "id": step.id,
            "tool": step.tool,
            "args": json.dumps(step.args, ensure_ascii=False),
            "after": ", ".join(step.depends_on),
            "join": step.join,
            "ask": step.ask,
            "description": step.description,
        }
        for step in plan.steps
    ]
    column = st.column_config
    changed: list[dict[str, Any]] = st.data_editor(
        rows,
        key=key,
        num_rows="dynamic",
        hide_index=True,
        column_config={
            "id": column.TextColumn("Step", required=True, width="small"),
            "tool": column.SelectboxColumn("Tool", options=[spec.name for spec in tools], required=True),
            "args": column.TextColumn("Arguments (JSON)", width="large", default="{}"),
            "after": column.TextColumn("After", help="Ids of steps it waits for, with commas between."),
            "join": column.SelectboxColumn("Waits for", options=["all", "any"], default="all", width="small"),
            "ask": column.CheckboxColumn("Ask first", default=False, width="small"),
            "description": column.TextColumn("What it is for"),
        },
    )
    made = read_plan({"goal": plan.goal, "steps": [_step(row) for row in changed]}, origin="file", goal=plan.goal)
    return replace(made, origin=plan.origin, rationale=plan.rationale)


def arguments(text: str, what: str) -> dict[str, Any]:
    """An object as it was written in a field. Raises ``PlanInvalid`` with what is wrong about it."""
    try:
        args = json.loads(text or "{}")
    except ValueError as error:
        raise PlanInvalid([f"The arguments of {what} are not JSON: {error}."]) from error
    if not isinstance(args, dict):
        raise PlanInvalid([f'The arguments of {what} are an object: {{"path": "a.md"}}.'])
    return args


def _step(row: dict[str, Any]) -> dict[str, Any]:
    after = [name.strip() for name in (row.get("after") or "").split(",")]
    return {
        "id": row.get("id"),
        "tool": row.get("tool"),
        "args": arguments(row.get("args") or "", f"step '{row.get('id')}'"),
        "depends_on": [name for name in after if name],
        "join": row.get("join") or "all",
        "ask": bool(row.get("ask")),
        "description": row.get("description") or "",
    }
