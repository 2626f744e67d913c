"""A recorded run written out as a script: the scripted model takes it and answers the same."""

from __future__ import annotations

import asyncio
import json

import pytest

from agentlab.errors import ModelError
from agentlab.models import script_of
from agentlab.models.said import said, text_of
from agentlab.models.scripted import ScriptedModel
from agentlab.types import ModelRequest, RecordedCall, Scope

PLAN = {"steps": []}
CALLS = [
    RecordedCall(kind="llm", span_id="1", purpose="plan", output={"text": "", "output": PLAN}, cost_usd=0.5, credits=7),
    RecordedCall(kind="tool", span_id="2", tool="x.y", output="no answer of a model"),
    RecordedCall(
        kind="llm", span_id="3", purpose="chat", step="a", output={"text": "Hi.", "output": None},
        input_tokens=3, output_tokens=4, cost_usd=None,
    ),
    RecordedCall(kind="llm", span_id="4", purpose="answer", status="error", error="Busy."),
    RecordedCall(kind="llm", span_id="5", purpose="answer", status="crashed"),
]  # fmt: skip


def test_a_script_answers_as_the_run_did(tmp_path) -> None:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(script_of(CALLS)))
    model = ScriptedModel(str(path))

    def ask(purpose, step=None):
        return asyncio.run(model.answer(ModelRequest(purpose=purpose), Scope(trace_id="t", run_id="r", step=step)))

    plan, chat = ask("plan"), ask("chat", "a")
    assert (plan.output, plan.cost_usd, plan.credits) == (PLAN, 0.5, 7)
    assert (chat.text, chat.usage.input_tokens, chat.cost_usd) == ("Hi.", 3, None)
    with pytest.raises(ModelError, match="Busy"):
        ask("answer")


def test_what_had_no_answer_is_left_out() -> None:
    assert [answer.get("purpose") for answer in script_of(CALLS)["answers"]] == ["plan", "chat", "answer"]


def test_answers_of_unknown_purpose_fit_any() -> None:
    (answer,) = script_of([RecordedCall(kind="llm", span_id="1", purpose="judge", output="Good.")])["answers"]

    assert answer["text"] == "Good."
    assert "purpose" not in answer


@pytest.mark.parametrize(
    ("kept", "text"),
    [
        ("a", "a"),
        (["a", "b"], "a\nb"),
        ({"text": "a"}, "a"),
        ([{"role": "assistant", "parts": [{"type": "text", "content": "a"}]}], "a"),
        ({"choices": [{"message": {"content": "a"}}]}, "a"),
        ({"messages": [{"content": [{"type": "text", "text": "a"}]}]}, "a"),
        ({"other": 1}, ""),
        (None, ""),
        (3, ""),
    ],
)
def test_the_text_is_found_in_every_form(kept, text) -> None:
    assert text_of(kept) == text


def test_a_structured_answer_is_read_from_text_where_it_has_no_place_of_its_own() -> None:
    assert said('{"a": 1}', structured=True)[1] == {"a": 1}
    assert said("not JSON", structured=True)[1] is None
    assert said({"a": 1}, structured=True)[1] == {"a": 1}
    assert said('{"a": 1}')[1] is None
