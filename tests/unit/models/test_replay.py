"""A recorded run as a model: the same question gets the recorded answer, whatever was asked before, at no cost."""

from __future__ import annotations

import asyncio

import pytest

from agentlab.errors import ModelError, UnknownModel
from agentlab.models import open_model, replayed
from agentlab.models.question import fingerprint
from agentlab.models.replay import ReplayModel
from agentlab.testing import MemoryRecorder
from agentlab.types import Message, ModelRequest, ModelResponse, RecordedCall, Scope


def question(text: str, purpose: str = "chat", *, schema: dict | None = None) -> ModelRequest:
    return ModelRequest(purpose=purpose, messages=(Message(role="user", content=text),), output_schema=schema)


def call(number: int, text: str, answer: object, *, purpose: str | None = "chat", **more: object) -> RecordedCall:
    output = answer if isinstance(answer, dict | None) else {"text": answer, "output": None, "finish_reason": "stop"}
    given = {"fingerprint": fingerprint(question(text)), "model": "offline", "output": output} | more
    return RecordedCall(kind="llm", span_id=f"s{number}", purpose=purpose, **given)


def ask(model: ReplayModel, request: ModelRequest, step: str | None = None, run: str = "run_2") -> ModelResponse:
    return asyncio.run(model.answer(request, Scope(trace_id="0" * 32, run_id=run, step=step)))


def replay(*calls: RecordedCall) -> ReplayModel:
    return ReplayModel("run_1", lambda _: calls)


def test_the_very_same_question_is_preferred_to_the_next_in_line() -> None:
    model = replay(call(1, "one", "first"), call(2, "two", "second"))

    assert [ask(model, question(text)).text for text in ("two", "one")] == ["second", "first"]


def test_another_question_of_that_purpose_and_step_gets_the_next_answer() -> None:
    model = replay(call(1, "one", "first", step="a"), call(2, "two", "second", step="a"), call(3, "x", "no", step="b"))

    assert [ask(model, question(text), "a").text for text in ("changed", "changed too")] == ["first", "second"]


def test_the_same_question_asked_again_gets_the_same_answer_in_a_replay_that_was_resumed() -> None:
    calls = (call(1, "one", "first"), call(2, "two", "second"))
    before, resumed = replay(*calls), replay(*calls)
    ask(before, question("one"))

    assert ask(resumed, question("two")).text == ask(before, question("two")).text == "second"
    assert ask(before, question("two")).text == "second"


def test_an_answer_costs_nothing_and_names_the_model_that_gave_it() -> None:
    answer = ask(replay(call(1, "one", {"text": "x", "output": None, "cost_usd": 3.0, "credits": 9})), question("one"))

    assert (answer.cost_usd, answer.credits, answer.usage.input_tokens, answer.model) == (0.0, 0, 0, "offline")


def test_structured_answers_keep_their_structure() -> None:
    model = replay(call(1, "plan", {"text": "", "output": {"steps": []}}, purpose="plan"))

    assert ask(model, question("plan", "plan", schema={})).output == {"steps": []}


def test_a_recorded_failure_fails_again() -> None:
    model = replay(call(1, "one", None, status="error", error="The model was busy."))

    with pytest.raises(ModelError, match=r"The model was busy.*recorded run run_1"):
        ask(model, question("one"))


def test_a_call_that_a_crash_cut_off_has_no_answer_and_the_error_says_what_to_do() -> None:
    model = replay(call(1, "one", None, status="crashed"))

    with pytest.raises(ModelError, match=r"run_1.*'chat' in step 'a'.*no answer of a model.*agentlab script run_1"):
        ask(model, question("one"), "a")


def test_when_all_are_given_the_error_says_how_many_there_were() -> None:
    model = replay(call(1, "one", "first"))
    ask(model, question("other"))

    with pytest.raises(ModelError, match="all 1 that it has were given"):
        ask(model, question("another"))


def test_a_question_of_another_step_is_not_answered_with_a_neighbours_answer() -> None:
    model = replay(call(1, "one", "first", step="a"))

    with pytest.raises(ModelError, match="never asked"):
        ask(model, question("one"), "b")


def test_traces_of_other_frameworks_answer_in_order_whatever_was_asked() -> None:
    openai = {"choices": [{"message": {"role": "assistant", "content": "Hello."}}]}
    parts = [{"role": "assistant", "parts": [{"type": "text", "content": '{"steps": []}'}]}]
    model = replay(call(1, "a", openai, purpose=None), call(2, "b", {"messages": parts}, purpose=None))

    assert ask(model, question("x"), "step").text == "Hello."
    assert ask(model, question("y", "plan", schema={}), None).output == {"steps": []}


def test_every_run_starts_afresh() -> None:
    model = replay(call(1, "one", "first"), call(2, "two", "second"))

    assert [ask(model, question("?"), run=run).text for run in ("run_2", "run_3", "run_2")] == [
        "first",
        "first",
        "second",
    ]


def test_its_calls_are_recorded_as_replayed() -> None:
    recorder = MemoryRecorder()
    model = open_model("replay:run_1", recorder, lambda _: [call(1, "one", "first")])

    asyncio.run(model.answer(question("one"), Scope.of_run("run_2")))

    (span,) = recorder.ended
    assert (span.model, span.response_model, span.cost_usd) == ("replay:run_1", "offline", 0.0)
    assert span.attributes["agentlab.replay_of"] == "run_1"


def test_names_of_replays_are_told_from_others() -> None:
    assert [replayed(name) for name in ("replay:run_1", " replay:run_1 ", "offline", "replay:")] == [
        "run_1",
        "run_1",
        "",
        "",
    ]
    with pytest.raises(UnknownModel):
        open_model("replay:", MemoryRecorder())
