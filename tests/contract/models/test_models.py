"""One suite over every model: each purpose is answered in its shape, and every call is a span."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from agentlab.models import open_model
from agentlab.testing import MemoryRecorder
from agentlab.types import ModelRequest, ModelResponse, Purpose, Scope

TEXT = "It rained on 3 May 2026. The river rose by 40 cm. Nobody was hurt."
INPUTS: dict[Purpose, dict[str, Any]] = {
    "plan": {"goal": "List the files in the drive", "tools": [], "problems": []},
    "answer": {
        "goal": "g",
        "steps": [{"id": "a", "tool": "x.y", "status": "succeeded", "result": {"summary": "It rained."}}],
    },
    "summarize": {"text": TEXT, "sentences": 1, "focus": ""},
    "extract": {"text": TEXT, "fields": ["dates"]},
    "chat": {"prompt": "When did it rain?", "context": TEXT},
}
SCRIPT = {
    "repeat": True,
    "answers": [
        {"purpose": "plan", "output": {"goal": "g", "steps": [], "answer": "Nothing to do."}},
        {"purpose": "answer", "text": "It rained."},
        {"purpose": "summarize", "text": "It rained."},
        {"purpose": "extract", "output": {"dates": ["2026-05-03"]}},
        {"purpose": "chat", "text": "On 3 May 2026."},
    ],
}


@pytest.fixture(params=["offline", "scripted"])
def name(request, tmp_path) -> str:
    if request.param == "offline":
        return "offline"
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(SCRIPT))
    return f"scripted:{path}"


@pytest.fixture
def recorder() -> MemoryRecorder:
    return MemoryRecorder()


def ask(name: str, recorder: MemoryRecorder, purpose: Purpose) -> ModelResponse:
    scope = Scope(trace_id="0" * 32, run_id="run_1", parent_span_id="1" * 16, step="a")
    return asyncio.run(open_model(name, recorder).answer(ModelRequest(purpose=purpose, inputs=INPUTS[purpose]), scope))


@pytest.mark.parametrize("purpose", ["plan", "extract"])
def test_structured_answers_are_objects(name, recorder, purpose) -> None:
    output = ask(name, recorder, purpose).output

    assert isinstance(output, dict)
    assert json.loads(json.dumps(output)) == output
    if purpose == "plan":
        assert isinstance(output["steps"], list)
    else:
        assert output == {"dates": ["2026-05-03"]}


@pytest.mark.parametrize("purpose", ["answer", "summarize", "chat"])
def test_free_answers_are_texts(name, recorder, purpose) -> None:
    response = ask(name, recorder, purpose)

    assert response.text.strip()
    assert response.output is None


@pytest.mark.parametrize("purpose", sorted(INPUTS))
def test_every_call_is_one_span_with_its_price(name, recorder, purpose) -> None:
    response = ask(name, recorder, purpose)

    assert [event.phase for event in recorder.events] == ["start", "end"]
    (span,) = recorder.ended
    assert (span.kind, span.name, span.status) == ("llm", f"{purpose} {name}", "ok")
    assert (span.model, span.provider) == (name, "agentlab")
    assert (span.run_id, span.parent_span_id, span.step) == ("run_1", "1" * 16, "a")
    assert (span.cost_usd, span.credits) == (response.cost_usd, response.credits) == (0.0, 0)
    assert span.attributes["agentlab.purpose"] == purpose


def test_the_same_question_gets_the_same_answer(name, recorder) -> None:
    first, second = (replace(ask(name, recorder, "chat"), attempts=()) for _ in range(2))

    assert first == second


def test_only_the_offline_model_says_that_no_language_model_took_part(name, recorder) -> None:
    assert ("no language model took part" in ask(name, recorder, "answer").text) == (name == "offline")
