"""What a plan is worth, and that a poor one is made again."""

from __future__ import annotations

import asyncio

from agentlab.agent.journal import MemoryJournal
from agentlab.agent.loop import run_goal
from agentlab.agent.score import BAR, score
from agentlab.testing import FakeTool, FakeTools
from agentlab.types import MICRO, Limits, Plan, Step

READ, SEND = FakeTool("read", lambda args: args), FakeTool("send", lambda args: args, changes_world=True)
DEAR = FakeTool("dear", lambda args: args, credits=900 * MICRO)
TOOLS = FakeTools([READ, SEND, DEAR])


def weighed(*steps: Step, success: dict[str, float] | None = None, limits: Limits | None = None):
    return score(Plan(goal="g", steps=steps), TOOLS, limits or Limits(), success or {})


def test_a_lean_plan_is_worth_nearly_ten() -> None:
    found = weighed(Step(id="a", tool="read"), Step(id="b", tool="read", args={"of": "{{steps.a.data}}"}))

    assert found.total > 9
    assert found.improvements == ()


def test_what_is_done_twice_is_named() -> None:
    found = weighed(Step(id="a", tool="read", args={"p": 1}), Step(id="b", tool="read", args={"p": 1}))

    assert found.efficiency == 7.5
    assert "Step 'b' does what 'a' does" in found.improvements[0]


def test_sending_twice_is_no_repetition() -> None:
    assert weighed(Step(id="a", tool="send"), Step(id="b", tool="send", depends_on=("a",))).efficiency == 10


def test_waiting_for_what_is_not_used_costs_efficiency() -> None:
    found = weighed(Step(id="a", tool="read"), Step(id="b", tool="read", args={"q": 1}, depends_on=("a",)))

    assert "waits for a and uses nothing of it" in found.improvements[0]


def test_what_cannot_be_taken_back_comes_last() -> None:
    first = weighed(Step(id="s", tool="send"), Step(id="r", tool="read"))
    last = weighed(Step(id="r", tool="read"), Step(id="s", tool="send", depends_on=("r",)))

    assert first.reliability < last.reliability
    assert "let it wait for r" in first.improvements[0]


def test_tools_that_have_often_failed_make_a_plan_unreliable() -> None:
    found = weighed(Step(id="a", tool="read"), success={"read": 0.4})

    assert found.reliability == 4
    assert "of whose calls 40% succeeded" in found.improvements[0]


def test_a_plan_that_takes_most_of_the_budget_is_dear() -> None:
    found = weighed(Step(id="a", tool="dear"), limits=Limits(budget=1_000 * MICRO))

    assert found.cost == 1
    assert "the dearest step is 'a'" in found.improvements[0]


def twice(tool: str) -> dict:
    return {"steps": [{"id": name, "tool": tool, "args": {"n": 1}} for name in "abcde"]}


def test_a_poor_plan_is_made_again_and_the_better_one_runs(bench, recorder) -> None:
    poor, good = twice("read"), {"steps": [{"id": "z", "tool": "read", "args": {}}]}
    made = bench(
        tools=(READ,), answers={"plan": [poor, good], "answer": ["ok"]}, ports={"success": lambda: {"read": 0.5}}
    )

    result = asyncio.run(run_goal(made, MemoryJournal()))

    assert [step.id for step in result.steps] == ["z"]
    assert result.score is not None
    assert result.score > BAR
    drafts = [span.attributes["agentlab.plan_score"]["total"] for span in recorder.ended if span.kind == "plan"]
    assert drafts[0] < BAR < drafts[1]
    assert made.model.asked[1].inputs["improvements"]


def test_a_second_plan_that_is_no_better_is_not_taken(bench) -> None:
    made = bench(
        tools=(READ,),
        answers={"plan": [twice("read"), twice("read")], "answer": ["ok"]},
        ports={"success": lambda: {"read": 0.5}},
    )

    result = asyncio.run(run_goal(made, MemoryJournal()))

    assert [step.id for step in result.steps] == list("abcde")


def test_a_planner_that_fails_at_its_second_plan_leaves_the_first(bench) -> None:
    made = bench(
        tools=(READ,), answers={"plan": [twice("read")], "answer": ["ok"]}, ports={"success": lambda: {"read": 0.5}}
    )

    assert asyncio.run(run_goal(made, MemoryJournal())).status == "succeeded"
