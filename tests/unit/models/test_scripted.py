"""Answers from a file."""

from __future__ import annotations

import asyncio
import json
import time
from decimal import Decimal

import pytest

from agentlab.errors import FileUnusable, ModelError
from agentlab.models.scripted import ScriptedModel
from agentlab.types import ModelRequest, ModelResponse, Purpose, Scope, Usage


@pytest.fixture
def script(tmp_path):
    """``script({...})``: a model with these answers."""

    def make(content: object) -> ScriptedModel:
        path = tmp_path / "answers.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return ScriptedModel(str(path))

    return make


def asked(model: ScriptedModel, purpose: Purpose, run: str = "run_1", step: str | None = None) -> ModelResponse:
    scope = Scope(trace_id="0" * 32, run_id=run, step=step)
    return asyncio.run(model.answer(ModelRequest(purpose=purpose), scope))


def test_answers_come_by_purpose_and_in_order(script) -> None:
    model = script(
        {
            "answers": [
                {"purpose": "chat", "text": "one"},
                {"purpose": "plan", "output": {"steps": []}},
                {"purpose": "chat", "text": "two"},
            ]
        }
    )

    assert asked(model, "plan").output == {"steps": []}
    assert [asked(model, "chat").text, asked(model, "chat").text] == ["one", "two"]


def test_an_answer_without_a_purpose_answers_whatever_comes_next(script) -> None:
    model = script({"answers": [{"text": "one"}, {"text": "two"}]})

    assert [asked(model, "plan").text, asked(model, "answer").text] == ["one", "two"]


def test_every_run_starts_at_the_first_answer(script) -> None:
    model = script({"answers": [{"purpose": "chat", "text": "one"}, {"purpose": "chat", "text": "two"}]})

    assert [asked(model, "chat", run=run).text for run in ("run_1", "run_2", "run_1")] == ["one", "one", "two"]


def test_answers_for_a_step_do_not_depend_on_what_was_asked_before(script) -> None:
    content = {"answers": [{"purpose": "chat", "text": f"for {step}", "step": step} for step in ("a", "b")]}

    before_the_crash, resumed = script(content), script(content)
    assert asked(before_the_crash, "chat", step="a").text == "for a"
    assert asked(resumed, "chat", step="b").text == "for b"


def test_when_nothing_is_left_the_error_says_what_to_add(script) -> None:
    model = script({"answers": [{"purpose": "chat", "text": "one"}]})
    asked(model, "chat")

    with pytest.raises(ModelError, match="no answer left for the purpose 'chat'") as caught:
        asked(model, "chat")
    assert '"purpose": "chat"' in caught.value.hint


def test_the_last_answer_repeats_where_the_script_says_so(script) -> None:
    model = script(
        {"repeat": True, "answers": [{"purpose": "chat", "text": "one"}, {"purpose": "chat", "text": "two"}]}
    )

    assert [asked(model, "chat").text for _ in range(4)] == ["one", "two", "two", "two"]
    with pytest.raises(ModelError):
        asked(model, "plan")


def test_cost_usage_delay_and_errors_are_scripted_too(script) -> None:
    model = script(
        {
            "answers": [
                {
                    "purpose": "chat",
                    "text": "x",
                    "usage": {"input_tokens": 7},
                    "cost_usd": 0.002,
                    "credits": 2,
                    "delay_s": 0.05,
                },
                {"purpose": "chat", "error": "overloaded"},
                {"purpose": "chat", "text": "y", "cost_usd": None},
            ]
        }
    )
    began = time.perf_counter()

    first = asked(model, "chat")

    assert time.perf_counter() - began >= 0.05
    assert (first.usage, first.cost_usd, first.credits) == (Usage(input_tokens=7), Decimal("0.002"), 2_000_000)
    with pytest.raises(ModelError, match="overloaded"):
        asked(model, "chat")
    assert asked(model, "chat").cost_usd is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "JSON"),
        ("[]", "not as it should be"),
        ('{"answers": [{"porpose": "chat"}]}', "porpose"),
        ('{"answers": 3}', "answers"),
    ],
)
def test_a_broken_script_is_refused_with_the_place(script, content, said) -> None:
    with pytest.raises(FileUnusable, match=said) as caught:
        script(content)
    assert "scripted-model.md" in caught.value.hint


@pytest.mark.parametrize("path", ["", "/nowhere/answers.json"])
def test_a_missing_script_is_refused(path) -> None:
    with pytest.raises(FileUnusable) as caught:
        ScriptedModel(path)
    assert caught.value.hint
