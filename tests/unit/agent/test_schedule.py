"""The graph of a plan: all, any, and what is lost when something fails."""

from __future__ import annotations

import asyncio

import pytest

from agentlab.agent.graph import after
from agentlab.agent.journal import MemoryJournal
from agentlab.agent.loop import run_goal
from agentlab.agent.plan import problems_of, read_plan
from agentlab.errors import PlanInvalid
from agentlab.testing import FakeTool, FakeTools
from agentlab.types import Limits, Plan, Step, ToolError, ToolResult


def outcome(bench, *steps: Step) -> dict[str, str]:
    good = FakeTool("good", lambda _args: "x")
    bad = FakeTool("bad", lambda _args: ToolResult(error=ToolError(kind="gone", message="Gone.")))
    made = bench(tools=(good, bad), plan=Plan(goal="g", steps=steps, origin="file"))
    return {step.id: step.status for step in asyncio.run(run_goal(made, MemoryJournal())).steps}


def test_any_waits_for_the_first_that_succeeds(bench) -> None:
    steps = (
        Step(id="a", tool="bad"),
        Step(id="b", tool="good"),
        Step(id="c", tool="good", depends_on=("a", "b"), join="any"),
    )

    assert outcome(bench, *steps)["c"] == "succeeded"


def test_any_is_lost_where_all_have_failed(bench) -> None:
    steps = (
        Step(id="a", tool="bad"),
        Step(id="b", tool="bad"),
        Step(id="c", tool="good", depends_on=("a", "b"), join="any"),
    )

    assert outcome(bench, *steps)["c"] == "skipped"


def test_any_does_not_wait_for_the_slow_one(bench) -> None:
    order = []

    async def slow(_args):
        await asyncio.sleep(0.05)
        order.append("slow")

    tools = (FakeTool("slow", slow), FakeTool("note", lambda args: order.append(args["n"])))
    steps = (
        Step(id="a", tool="slow"),
        Step(id="b", tool="note", args={"n": "quick"}),
        Step(id="c", tool="note", args={"n": "after"}, depends_on=("a", "b"), join="any"),
    )
    made = bench(tools=tools, plan=Plan(goal="g", steps=steps, origin="file"))

    asyncio.run(run_goal(made, MemoryJournal()))

    assert order == ["quick", "after", "slow"]


def test_a_result_that_is_named_is_waited_for_even_with_any(bench) -> None:
    steps = (
        Step(id="a", tool="bad"),
        Step(id="b", tool="good"),
        Step(id="c", tool="good", args={"x": "{{steps.a.data}}"}, depends_on=("b",), join="any"),
    )

    assert outcome(bench, *steps)["c"] == "skipped"


def test_what_is_lost_takes_along_all_that_waits_for_it(bench) -> None:
    steps = (
        Step(id="a", tool="bad"),
        Step(id="b", tool="good", depends_on=("a",)),
        Step(id="c", tool="good", depends_on=("b",)),
        Step(id="d", tool="good"),
    )

    assert outcome(bench, *steps) == {"a": "failed", "b": "skipped", "c": "skipped", "d": "succeeded"}


def test_join_is_all_or_any() -> None:
    with pytest.raises(PlanInvalid, match="'join' of step 1"):
        read_plan({"steps": [{"id": "a", "tool": "t", "join": "some"}]}, origin="file")


def test_a_plan_for_the_rest_may_name_what_is_done_and_needs_new_ids() -> None:
    tools = FakeTools([FakeTool("t", lambda args: args)])
    plan = Plan(goal="g", steps=(Step(id="b", tool="t", args={"x": "{{steps.a.data}}"}), Step(id="c", tool="t")))

    assert problems_of(plan, tools, Limits(), known=frozenset({"a"})) == []
    assert problems_of(plan, tools, Limits(), known=frozenset({"a"}), taken=frozenset({"c"})) == [
        "The id 'c' was used already; take a new one."
    ]


def test_what_builds_on_a_step_is_found_however_far() -> None:
    plan = Plan(
        goal="g",
        steps=(
            Step(id="a", tool="t"),
            Step(id="b", tool="t", args={"x": "{{steps.a.data}}"}),
            Step(id="c", tool="t", depends_on=("b",)),
            Step(id="d", tool="t"),
        ),
    )

    assert after(plan, {"a"}) == {"a", "b", "c"}
