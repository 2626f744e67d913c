"""Tools of a replay: the recorded result or an error that says what to do, and never the world."""

from __future__ import annotations

import asyncio

import pytest

from agentlab.store.redact import REPLACEMENT
from agentlab.testing import FakeModel, FakeTool, FakeTools
from agentlab.tools.recorded import RecordedTools
from agentlab.types import REDACTED, RecordedCall, Scope, ToolContext, ToolResult


def tool_call(number: int, output: object, **more: object) -> RecordedCall:
    given = {"tool": "echo", "step": "a", "attempt": 1, "input": {"x": 1}, "output": output} | more
    return RecordedCall(kind="tool", span_id=f"t{number}", **given)


@pytest.fixture
def live() -> FakeTool:
    return FakeTool("echo", lambda args: "live", credits=5)


def use(
    live: FakeTool, calls: list[RecordedCall], args=None, *, tool="echo", attempt=1, step="a", model=None
) -> ToolResult:
    tools = RecordedTools(FakeTools([live]), "run_1", lambda: calls)
    context = ToolContext(scope=Scope(trace_id="t", step=step), model=model, attempt=attempt)
    return asyncio.run(tools.get(tool).execute({"x": 1} if args is None else args, context))


def test_a_call_gets_its_recorded_result_and_the_tool_does_nothing(live) -> None:
    result = use(live, [tool_call(1, {"found": 3}, untrusted=True)])

    assert (result.data, result.untrusted, result.credits) == ({"found": 3}, True, 0)
    assert live.contexts == []


def test_nothing_is_charged(live) -> None:
    assert RecordedTools(FakeTools([live]), "run_1", list).get("echo").spec.credits == 0


def test_each_attempt_gets_its_own_result(live) -> None:
    failed = {"error": {"kind": "busy", "message": "Busy.", "retryable": True, "options": ["retry"]}}
    calls = [tool_call(1, failed, status="error"), tool_call(2, "at last", attempt=2)]

    first, second = use(live, calls), use(live, calls, attempt=2)

    assert (first.error.kind, first.error.retryable, first.error.options) == ("busy", True, ("retry",))
    assert second.data == "at last"


def test_other_arguments_are_an_error_that_says_what_to_do(live) -> None:
    error = use(live, [tool_call(1, "x")], {"x": 2}).error

    assert error.kind == "not_recorded"
    assert "agentlab replay run_1 --tools live" in error.message
    assert not error.retryable


@pytest.mark.parametrize("more", [{"step": "b"}, {"status": "crashed"}, {"tool": "other"}])
def test_calls_of_other_steps_and_those_cut_off_do_not_count(live, more) -> None:
    assert use(live, [tool_call(1, "x", **more)]).error.kind == "not_recorded"


def test_arguments_whose_secrets_were_taken_out_still_fit(live) -> None:
    assert use(live, [tool_call(1, "x", input={"key": f"it is {REDACTED}"})], {"key": "it is sk-1"}).data == "x"
    assert REDACTED == REPLACEMENT


def test_a_tool_that_is_there_no_more_is_known_by_its_calls(live) -> None:
    assert use(live, [tool_call(1, "x", tool="skill.gone")], tool="skill.gone").data == "x"
    assert RecordedTools(FakeTools([live]), "run_1", list).get("skill.gone") is None


def test_what_the_call_asked_its_model_is_asked_again(live) -> None:
    asked = {"purpose": "chat", "messages": [{"role": "user", "content": "Well?"}], "output_schema": {"type": "object"}}
    inner = RecordedCall(kind="llm", span_id="m", parent="t1", purpose="chat", input=asked)
    model = FakeModel({"chat": ["Yes."]})

    use(live, [tool_call(1, "x"), inner], model=model)

    (request,) = model.asked
    assert (request.purpose, request.messages[0].content, request.output_schema) == (
        "chat",
        "Well?",
        {"type": "object"},
    )


def test_traces_without_steps_and_attempts_fit_any(live) -> None:
    assert use(live, [tool_call(1, "x", step=None, attempt=None)], attempt=3).data == "x"
