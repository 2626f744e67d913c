"""The loop, with fakes for the world and a journal that forgets."""

from __future__ import annotations

import asyncio

from agentlab.agent.journal import MemoryJournal
from agentlab.agent.loop import run_goal
from agentlab.testing import FakeTool
from agentlab.types import MICRO, Limits, Plan, Step, ToolError, ToolResult


def run(bench, journal=None):
    return asyncio.run(run_goal(bench, journal or MemoryJournal()))


def file_plan(*steps: Step) -> Plan:
    return Plan(goal="do it", steps=steps, origin="file")


PLANNED = {"steps": [{"id": "a", "tool": "echo", "args": {"text": "hello"}}]}


def echo() -> FakeTool:
    return FakeTool("echo", lambda args: {"text": args["text"]})


def test_a_goal_is_planned_done_and_answered(bench, recorder) -> None:
    result = run(bench(tools=(echo(),), answers={"plan": [PLANNED], "answer": ["It said hello."]}))

    assert result.status == "succeeded"
    assert result.answer == "It said hello."
    assert [(step.id, step.status, step.result) for step in result.steps] == [("a", "succeeded", {"text": "hello"})]
    assert [span.kind for span in recorder.ended] == ["plan", "tool", "step", "run"]


def test_a_plan_of_ones_own_asks_no_model(bench) -> None:
    made = bench(tools=(echo(),), plan=file_plan(Step(id="a", tool="echo", args={"text": "hi"})))

    result = run(made)

    assert result.status == "succeeded"
    assert '"text": "hi"' in result.answer
    assert made.model.asked == []


def test_results_flow_along_references_with_their_types(bench) -> None:
    seen = []
    numbers = FakeTool("numbers", lambda _args: {"list": [1, 2]})
    take = FakeTool("take", lambda args: seen.append(args))
    plan = file_plan(
        Step(id="n", tool="numbers"),
        Step(id="t", tool="take", args={"all": "{{steps.n.data.list}}", "text": "last {{ steps.n.data.list.1 }}"}),
    )

    run(bench(tools=(numbers, take), plan=plan))

    assert seen == [{"all": [1, 2], "text": "last 2"}]


def test_a_reference_that_leads_nowhere_fails_its_step_and_says_what_is_there(bench) -> None:
    plan = file_plan(
        Step(id="a", tool="echo", args={"text": "x"}), Step(id="b", tool="echo", args={"text": "{{steps.a.data.nope}}"})
    )

    result = run(bench(tools=(echo(),), plan=plan))

    assert result.steps[1].status == "failed"
    assert "there is text" in result.steps[1].error.message


def test_steps_that_do_not_wait_for_each_other_run_side_by_side(bench) -> None:
    meeting = asyncio.Barrier(2)

    async def meet(_args):
        await asyncio.wait_for(meeting.wait(), 2)
        return "met"

    result = run(
        bench(tools=(FakeTool("meet", meet),), plan=file_plan(Step(id="a", tool="meet"), Step(id="b", tool="meet")))
    )

    assert [step.result for step in result.steps] == ["met", "met"]


def test_no_more_steps_work_at_once_than_the_limit(bench) -> None:
    now, most = 0, 0

    async def count(_args):
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.005)
        now -= 1

    steps = [Step(id=f"s{n}", tool="count") for n in range(9)]
    run(bench(tools=(FakeTool("count", count),), plan=file_plan(*steps), limits=Limits(max_parallel=3)))

    assert most == 3


def test_what_waits_for_a_failed_step_is_skipped_and_the_rest_still_runs(bench) -> None:
    broken = FakeTool("broken", lambda _args: ToolResult(error=ToolError(kind="gone", message="It is gone.")))
    plan = file_plan(
        Step(id="a", tool="broken"),
        Step(id="b", tool="echo", args={"text": "b"}, depends_on=("a",)),
        Step(id="c", tool="echo", args={"text": "c"}),
    )

    result = run(bench(tools=(broken, echo()), plan=plan))

    assert result.status == "failed"
    assert [step.status for step in result.steps] == ["failed", "skipped", "succeeded"]
    assert "It is gone." in result.error


def test_a_plan_of_ones_own_whose_last_step_never_ran_has_no_answer(bench) -> None:
    broken = FakeTool("broken", lambda _args: ToolResult(error=ToolError(kind="gone", message="It is gone.")))

    assert run(bench(tools=(broken,), plan=file_plan(Step(id="a", tool="broken")))).answer == ""


def test_a_retryable_failure_is_tried_again_up_to_the_limit(bench, recorder, monkeypatch) -> None:
    monkeypatch.setattr("agentlab.agent.step.BACKOFF_S", 0)
    calls = []

    def flaky(_args):
        calls.append(1)
        busy = ToolError(kind="busy", message="Busy.", retryable=True)
        return ToolResult(error=busy, credits=1) if len(calls) < 3 else ToolResult(data="at last", credits=1)

    result = run(bench(tools=(FakeTool("flaky", flaky),), plan=file_plan(Step(id="a", tool="flaky"))))

    assert (result.steps[0].status, result.steps[0].attempts, result.steps[0].credits) == ("succeeded", 3, 3)
    assert [(span.attempt, span.status) for span in recorder.ended if span.kind == "tool"] == [
        (1, "error"),
        (2, "error"),
        (3, "ok"),
    ]


def test_every_attempt_carries_the_same_idempotency_key(bench, monkeypatch) -> None:
    monkeypatch.setattr("agentlab.agent.step.BACKOFF_S", 0)
    tool = FakeTool("busy", lambda _args: ToolResult(error=ToolError(kind="busy", message="Busy.", retryable=True)))

    run(bench(tools=(tool,), plan=file_plan(Step(id="a", tool="busy"))))

    assert [context.idempotency_key for context in tool.contexts] == ["run_1:a"] * 3


def test_a_plan_that_cannot_run_is_fed_back_once(bench) -> None:
    wrong = {"steps": [{"id": "a", "tool": "ecko", "args": {}}]}
    made = bench(tools=(echo(),), answers={"plan": [wrong, PLANNED], "answer": ["ok"]})

    assert run(made).status == "succeeded"
    assert "Did you mean echo?" in made.model.asked[1].inputs["problems"][0]


def test_a_planner_that_does_not_learn_ends_the_run_with_its_problems(bench) -> None:
    wrong = {"steps": [{"id": "a", "tool": "ecko", "args": {}}]}

    result = run(bench(tools=(echo(),), answers={"plan": [wrong, wrong]}))

    assert result.status == "failed"
    assert "unknown tool 'ecko'" in result.error


def test_a_plan_above_the_budget_runs_nothing(bench) -> None:
    tool = FakeTool("echo", lambda _args: "x", credits=6 * MICRO)
    plan = file_plan(Step(id="a", tool="echo"), Step(id="b", tool="echo"))

    result = run(bench(tools=(tool,), plan=plan, limits=Limits(budget=10 * MICRO)))

    assert result.status == "failed"
    assert "at least 12 credits" in result.error
    assert tool.contexts == []


def test_a_call_above_what_is_left_is_refused_before_it_is_made(bench) -> None:
    dear = FakeTool("dear", lambda _args: ToolResult(data="x", credits=9 * MICRO), credits=1 * MICRO)
    plan = file_plan(
        Step(id="a", tool="dear"),
        Step(id="b", tool="dear", depends_on=("a",)),
        Step(id="c", tool="dear", depends_on=("b",)),
    )

    result = run(bench(tools=(dear,), plan=plan, limits=Limits(budget=10 * MICRO)))

    assert [step.status for step in result.steps] == ["succeeded", "succeeded", "failed"]
    assert result.steps[2].error.kind == "budget"
    assert len(dear.contexts) == 2


def test_a_model_that_does_not_answer_ends_the_run_with_its_reason(bench) -> None:
    result = run(bench(tools=(echo(),), answers={"plan": []}))

    assert result.status == "failed"
    assert "no answer left" in result.error


def test_a_resumed_run_repeats_no_finished_work(bench) -> None:
    tool = echo()
    made = bench(tools=(tool,), answers={"plan": [PLANNED], "answer": ["done"]})
    journal = MemoryJournal()
    first = run(made, journal)

    again = run(made, journal)

    assert (again.answer, again.steps) == (first.answer, first.steps)
    assert len(tool.contexts) == 1
    assert len(made.model.asked) == 2


def test_an_unknown_cost_makes_the_cost_of_the_run_unknown(bench) -> None:
    tool = FakeTool("ask", lambda _args: ToolResult(data="x", cost_usd=None))

    result = run(bench(tools=(tool,), plan=file_plan(Step(id="a", tool="ask"))))

    assert result.cost_usd is None


def test_a_goal_out_of_reach_fails_with_the_planners_reason(bench) -> None:
    result = run(bench(tools=(echo(),), answers={"plan": [{"steps": [], "refusal": "No tool here can fly."}]}))

    assert (result.status, result.error, result.steps) == ("failed", "No tool here can fly.", ())


def test_a_goal_that_needs_no_step_is_answered_by_its_plan(bench) -> None:
    result = run(bench(tools=(echo(),), answers={"plan": [{"steps": [], "answer": "4"}]}))

    assert (result.status, result.answer) == ("succeeded", "4")


LONG = "x" * 3_000


def test_payloads_hold_whole_arguments_and_results_and_attributes_their_beginning(bench, recorder) -> None:
    tool = FakeTool("long", lambda args: {"text": args["text"] * 2})

    run(bench(tools=(tool,), plan=file_plan(Step(id="a", tool="long", args={"text": LONG}))))

    call = next(span for span in recorder.ended if span.kind == "tool")
    assert call.payloads == {"input": {"text": LONG}, "output": {"text": LONG * 2}}
    assert call.operation == "execute_tool"
    assert all(len(call.attributes[f"gen_ai.tool.call.{name}"]) < 600 for name in ("arguments", "result"))


def test_a_failed_call_has_its_error_as_output(bench, recorder) -> None:
    broken = FakeTool("broken", lambda _args: ToolResult(error=ToolError(kind="gone", message="It is gone.")))

    run(bench(tools=(broken,), plan=file_plan(Step(id="a", tool="broken"))))

    call = next(span for span in recorder.ended if span.kind == "tool")
    assert call.payloads["output"]["error"]["kind"] == "gone"
    assert "gen_ai.tool.call.result" not in call.attributes


def test_the_plan_is_a_whole_payload_and_short_enough_to_watch_as_an_attribute(bench, recorder) -> None:
    planned = {"steps": [{"id": "a", "tool": "echo", "args": {"text": LONG}}]}

    run(bench(tools=(echo(),), answers={"plan": [planned], "answer": [LONG]}))

    plan, top = (next(span for span in recorder.ended if span.kind == kind) for kind in ("plan", "run"))
    assert plan.payloads["output"] == planned
    assert plan.attributes["agentlab.plan"]["steps"][0]["args"]["text"].endswith("(2,500 more characters)")
    assert (top.payloads["input"], top.payloads["output"]) == ({"goal": "do it"}, LONG)
    assert len(top.attributes["agentlab.answer"]) < 600


def test_what_is_untrusted_stays_marked_in_the_trace(bench, recorder) -> None:
    page = FakeTool("page", lambda _args: ToolResult(data="hello", untrusted=True))

    run(bench(tools=(page,), plan=file_plan(Step(id="a", tool="page"))))

    assert [span.attributes["agentlab.untrusted"] for span in recorder.ended if span.kind == "tool"] == [True]
