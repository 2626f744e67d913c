"""From a name to a model, and the span of every call."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from agentlab.errors import CallerError, KeyMissing, ModelError, UnknownModel
from agentlab.models import known_models, open_model
from agentlab.models.question import fingerprint
from agentlab.models.recorded import Recorded
from agentlab.testing import FakeModel
from agentlab.types import Message, ModelRequest, ModelResponse, Scope, Usage


class Priced(FakeModel):
    """A model that costs something."""

    async def answer(self, request, scope, on_delta=None) -> ModelResponse:
        return ModelResponse(text="x", usage=Usage(input_tokens=3, output_tokens=5), cost_usd=Decimal("0.5"), credits=7)


def test_every_known_model_has_a_name_a_provider_and_a_description(recorder) -> None:
    assert [model["name"] for model in known_models()] == ["offline", "scripted:FILE", "replay:RUN"]
    assert all(model["provider"] and model["description"] for model in known_models())
    assert open_model(" offline ", recorder).name == "offline"


@pytest.mark.parametrize("name", ["oflline", "", "gpt", "scripted"])
def test_an_unknown_name_is_refused_with_the_known_ones(name, recorder) -> None:
    with pytest.raises(CallerError, match=r"offline|scripted") as caught:
        open_model(name, recorder)
    assert "docs/reference/models.md" in str(caught.value) or "scripted-model.md" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("anthropic:claude-x", "ANTHROPIC_API_KEY"),
        ("openai:gpt-x", "OPENAI_API_KEY"),
        ("openai-chat:gpt-x", "OPENAI_API_KEY"),
        ("google:gemini-x", "GOOGLE_API_KEY"),
        ("plan", "ANTHROPIC_API_KEY"),
        ("roles", "ANTHROPIC_API_KEY"),
    ],
)
def test_a_providers_model_without_its_key_is_refused_before_anything_is_sent(name, key, recorder) -> None:
    with pytest.raises(KeyMissing, match=key):
        open_model(name, recorder)


@pytest.mark.parametrize("name", ["ollama:llama3.1", "vllm:qwen", "llamacpp:any"])
def test_servers_of_ones_own_need_no_key(name, recorder) -> None:
    assert open_model(name, recorder).name == name


@pytest.mark.parametrize("name", ["antropic:claude-x", "opneai:gpt", "nowhere:model"])
def test_an_unknown_provider_is_refused_with_those_that_are_known(name, recorder) -> None:
    with pytest.raises(UnknownModel, match=r"anthropic|openai"):
        open_model(name, recorder)


def test_a_call_is_one_span_with_what_it_used(recorder) -> None:
    scope = Scope(trace_id="0" * 32, run_id="run_1", parent_span_id="1" * 16, step="a")

    asyncio.run(Recorded(Priced(), recorder).answer(ModelRequest(purpose="plan"), scope))

    (span,) = recorder.ended
    assert (span.kind, span.name, span.model, span.provider, span.status) == (
        "llm",
        "plan fake",
        "fake",
        "agentlab",
        "ok",
    )
    assert (span.input_tokens, span.output_tokens, span.cost_usd, span.credits) == (3, 5, 0.5, 7)
    assert (span.parent_span_id, span.step, span.run_id) == ("1" * 16, "a", "run_1")
    assert (span.operation, span.finish_reason) == ("plan", "stop")
    assert span.attributes["agentlab.purpose"] == "plan"


def test_question_and_answer_are_payloads(recorder) -> None:
    asked = ModelRequest(
        purpose="chat", messages=(Message(role="user", content="How many?"),), inputs={"prompt": "How many?"}
    )

    asyncio.run(Recorded(Priced(), recorder).answer(asked, Scope.of_run("run_1")))

    (span,) = recorder.ended
    question = span.payloads["input"]
    assert question["messages"] == [{"role": "user", "content": "How many?"}]
    assert (question["purpose"], question["fingerprint"]) == ("chat", fingerprint(asked))
    assert "inputs" not in question
    answer = span.payloads["output"]
    assert (answer["text"], answer["usage"]["output_tokens"], answer["cost_usd"], answer["credits"]) == ("x", 5, 0.5, 7)


def test_the_question_is_there_while_it_is_being_answered(recorder) -> None:
    asyncio.run(Recorded(Priced(), recorder).answer(ModelRequest(purpose="chat"), Scope.of_run("run_1")))

    assert recorder.events[0].span.payloads.keys() == {"input"}


def test_the_same_question_has_the_same_fingerprint_whatever_the_order_of_its_inputs() -> None:
    one, same, other = ({"a": 1, "b": "x"}, {"b": "x", "a": 1}, {"a": 2, "b": "x"})

    prints = [fingerprint(ModelRequest(purpose="chat", inputs=inputs)) for inputs in (one, same, other)]

    assert prints[0] == prints[1] != prints[2]


def test_a_failed_call_is_a_failed_span(recorder) -> None:
    with pytest.raises(ModelError):
        asyncio.run(Recorded(FakeModel(), recorder).answer(ModelRequest(purpose="chat"), Scope.of_run("run_1")))

    (span,) = recorder.ended
    assert (span.status, span.error_type) == ("error", "model_error")
    assert span.cost_usd is None
    assert span.payloads["output"]["error"]["kind"] == "model_error"
