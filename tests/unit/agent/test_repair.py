"""The repair ladder: rung by rung, with fakes for tools and for the model that proposes."""

from __future__ import annotations

import asyncio

import pytest

from agentlab.agent.journal import MemoryJournal
from agentlab.agent.loop import run_goal
from agentlab.testing import FakeTool
from agentlab.types import Plan, Step, ToolError, ToolResult


@pytest.fixture(autouse=True)
def no_pause(monkeypatch) -> None:
    monkeypatch.setattr("agentlab.agent.step.BACKOFF_S", 0)


def run(bench, journal=None):
    return asyncio.run(run_goal(bench, journal or MemoryJournal()))


def planned(*steps: dict) -> dict:
    return {"steps": list(steps)}


def step(step_id: str, tool: str, after: tuple[str, ...] = (), **args) -> dict:
    return {"id": step_id, "tool": tool, "args": args, "depends_on": list(after)}


def fails(kind: str, *options: str, retryable: bool = False) -> ToolResult:
    return ToolResult(error=ToolError(kind=kind, message=f"{kind}!", retryable=retryable, options=options))


def picky(wanted: str = "b.md") -> FakeTool:
    def read(args):
        return {"text": "found"} if args["path"] == wanted else fails("not_found", "change_arguments", "replan")

    return FakeTool("read", read)


def test_a_model_proposes_other_arguments_and_the_step_succeeds(bench) -> None:
    proposal = {"action": "change_arguments", "args": {"path": "b.md"}, "why": "It is called b.md."}
    made = bench(
        tools=(picky(),),
        answers={"plan": [planned(step("a", "read", path="a.md"))], "repair": [proposal], "answer": ["ok"]},
    )

    result = run(made)

    assert (result.status, result.steps[0].attempts, result.steps[0].result) == ("succeeded", 2, {"text": "found"})
    asked = next(request for request in made.model.asked if request.purpose == "repair").inputs
    assert asked["error"] == {"kind": "not_found", "message": "not_found!", "options": ["change_arguments", "replan"]}
    assert asked["tried"] == [{"tool": "read", "args": {"path": "a.md"}, "error": "not_found!"}]


def test_another_tool_may_stand_in(bench) -> None:
    other = FakeTool("cat", lambda args: {"text": f"cat {args['path']}"})
    proposal = {"action": "alternative", "tool": "cat", "args": {"path": "a.md"}, "why": "It reads files too."}
    made = bench(
        tools=(picky(), other),
        answers={"plan": [planned(step("a", "read", path="a.md"))], "repair": [proposal], "answer": ["ok"]},
    )

    result = run(made)

    assert (result.steps[0].tool, result.steps[0].status) == ("cat", "succeeded")


def test_two_other_calls_are_tried_and_not_a_third(bench) -> None:
    names = iter(["c.md", "d.md", "b.md"])
    proposals = [{"action": "change_arguments", "args": {"path": name}, "why": "?"} for name in names]
    made = bench(tools=(picky(),), answers={"plan": [planned(step("a", "read", path="a.md"))], "repair": proposals})

    result = run(made)

    assert (result.status, result.steps[0].attempts) == ("failed", 3)
    assert [request.purpose for request in made.model.asked].count("repair") == 2


def test_a_call_that_failed_already_is_not_made_again_by_proposal(bench) -> None:
    again = {"action": "change_arguments", "args": {"path": "a.md"}, "why": "Perhaps now."}
    made = bench(tools=(picky(),), answers={"plan": [planned(step("a", "read", path="a.md"))], "repair": [again]})

    assert run(made).steps[0].attempts == 1


def test_a_step_may_be_left_out_and_what_waits_for_it_goes_on(bench) -> None:
    proposal = {"action": "skip", "why": "The file is not needed."}
    echo = FakeTool("echo", lambda args: args)
    plan = planned(step("a", "read", path="a.md"), step("b", "echo", ("a",), text="on"))
    made = bench(tools=(picky(), echo), answers={"plan": [plan], "repair": [proposal], "answer": ["ok"]})

    result = run(made)

    assert [(one.status, one.note) for one in result.steps] == [
        ("skipped", "The file is not needed."),
        ("succeeded", ""),
    ]
    assert result.status == "succeeded"


def test_the_rest_is_planned_anew_and_what_is_done_is_not_repeated(bench) -> None:
    echo = FakeTool("echo", lambda args: args)
    first = planned(step("a", "echo", text="once"), step("b", "read", ("a",), path="a.md"))
    second = planned({"id": "c", "tool": "read", "args": {"path": "b.md"}, "depends_on": ["a"]})
    made = bench(
        tools=(picky(), echo),
        answers={"plan": [first, second], "repair": [{"action": "replan", "why": "Another way."}], "answer": ["ok"]},
    )

    result = run(made)

    assert [(one.id, one.status) for one in result.steps] == [("a", "succeeded"), ("c", "succeeded")]
    assert len(echo.contexts) == 1
    asked = [request for request in made.model.asked if request.purpose == "plan"][1].inputs
    assert [one["id"] for one in asked["done"]] == ["a"]
    assert [one["id"] for one in asked["failed"]] == ["b"]


def test_a_second_plan_that_fails_too_ends_the_run(bench) -> None:
    first, second = planned(step("a", "read", path="x")), planned(step("b", "read", path="y"))
    give_up = {"action": "give_up", "why": "No idea."}
    made = bench(tools=(picky(),), answers={"plan": [first, second, first], "repair": [give_up, give_up]})

    result = run(made)

    assert (result.status, [one.id for one in result.steps]) == ("failed", ["b"])
    assert [request.purpose for request in made.model.asked].count("plan") == 2


def test_a_plan_of_ones_own_asks_no_model_about_its_failures(bench) -> None:
    plan = Plan(goal="g", steps=(Step(id="a", tool="read", args={"path": "x"}),), origin="file")
    made = bench(tools=(picky(),), plan=plan)

    assert run(made).status == "failed"
    assert made.model.asked == []


def test_where_nobody_knows_whether_it_happened_only_the_same_call_may_follow(bench) -> None:
    send = FakeTool("send", lambda _args: fails("timeout", "retry", "alternative", retryable=True), changes_world=True)
    made = bench(
        tools=(send,),
        answers={
            "plan": [planned(step("a", "send", to="x"))],
            "repair": [{"action": "change_arguments", "args": {"to": "y"}, "why": "?"}],
        },
    )

    result = run(made)

    assert result.status == "failed"
    assert {context.idempotency_key for context in send.contexts} == {"run_1:a"}
    assert "repair" not in [request.purpose for request in made.model.asked]


def test_another_call_has_another_key(bench) -> None:
    def put(args):
        return fails("taken", "change_arguments") if args["name"] == "x" else "kept"

    tool = FakeTool("put", put, changes_world=True)
    proposal = {"action": "change_arguments", "args": {"name": "y"}, "why": "x is taken."}
    made = bench(
        tools=(tool,),
        answers={"plan": [planned(step("a", "put", name="x"))], "repair": [proposal], "answer": ["ok"]},
    )

    run(made)

    assert [context.idempotency_key for context in tool.contexts] == ["run_1:a", "run_1:a:2"]


def test_a_result_that_the_checker_does_not_want_is_made_again(bench) -> None:
    answers = {
        "plan": [planned(step("a", "read", path="b.md"))],
        "check": [{"ok": False, "problem": "It is the wrong file."}, {"ok": True}],
        "repair": [{"action": "change_arguments", "args": {"path": "b.md", "page": 2}, "why": "Page two."}],
        "answer": ["ok"],
    }
    made = bench(tools=(picky(),), answers=answers, check=True)

    result = run(made)

    assert (result.steps[0].status, result.steps[0].attempts) == ("succeeded", 2)
    asked = next(request for request in made.model.asked if request.purpose == "repair").inputs
    assert asked["error"]["kind"] == "wrong_result"


def test_before_a_step_that_builds_on_others_a_model_may_set_its_arguments(bench) -> None:
    echo = FakeTool("echo", lambda args: args)
    plan = planned(step("a", "echo", text="one"), step("b", "echo", ("a",), text="?"))
    answers = {"plan": [plan], "reason": [{"args": {"text": "two"}, "why": "one was there"}], "answer": ["ok"]}
    made = bench(tools=(echo,), answers=answers, reason=True)

    result = run(made)

    assert result.steps[1].result == {"text": "two"}
    assert [request.purpose for request in made.model.asked] == ["plan", "reason", "answer"]


def test_a_resumed_run_climbs_the_ladder_from_its_journal(bench, recorder) -> None:
    proposal = {"action": "change_arguments", "args": {"path": "b.md"}, "why": "It is called b.md."}
    answers = {"plan": [planned(step("a", "read", path="a.md"))], "repair": [proposal], "answer": ["ok"]}
    tool = picky()
    made, journal = bench(tools=(tool,), answers=answers), MemoryJournal()
    first = run(made, journal)
    ended = len(recorder.ended)

    again = run(made, journal)

    assert again.steps == first.steps
    assert len(tool.contexts) == 2
    assert [span.kind for span in recorder.ended[ended:]] == ["run"]


def test_every_attempt_is_in_the_trace_and_the_step_ends_once(bench, recorder) -> None:
    proposal = {"action": "change_arguments", "args": {"path": "b.md"}, "why": "It is called b.md."}
    answers = {"plan": [planned(step("a", "read", path="a.md"))], "repair": [proposal], "answer": ["ok"]}

    run(bench(tools=(picky(),), answers=answers))

    kinds = [(span.kind, span.status) for span in recorder.ended]
    assert kinds == [("plan", "ok"), ("tool", "error"), ("tool", "ok"), ("step", "ok"), ("run", "ok")]


def test_of_a_call_that_changes_the_world_only_what_the_tool_offers_is_followed(bench) -> None:
    send = FakeTool("send", lambda _args: fails("garbled", "ask", "skip"), changes_world=True)
    made = bench(
        tools=(send,),
        answers={
            "plan": [planned(step("a", "send", to="x"))],
            "repair": [{"action": "change_arguments", "args": {"to": "y"}, "why": "Perhaps."}],
        },
    )

    result = run(made)

    assert (result.status, len(send.contexts)) == ("failed", 1)


def test_what_gave_back_something_odd_has_happened_and_is_written_down(bench) -> None:
    odd = FakeTool(
        "put",
        lambda _args: ToolResult(error=ToolError(kind="wrong_result", message="Odd."), undo={"id": 1}),
        undoes=lambda _undo: None,
        changes_world=True,
    )
    plan = Plan(goal="g", steps=(Step(id="a", tool="put"),), origin="file")
    made = bench(tools=(odd,), plan=plan)

    run(made)

    (effect,) = asyncio.run(made.effects.of("run_1"))
    assert (effect.state, effect.undo) == ("done", {"id": 1})
