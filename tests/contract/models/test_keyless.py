"""Models without a key answer ``lab.ask`` in the same form as those of providers, and cost nothing."""

from __future__ import annotations

import json

import pytest

from agentlab.types import Delta

TEXT = "It rained on 3 May 2026. The river rose by 40 cm."
SCRIPT = {
    "repeat": True,
    "answers": [
        {"purpose": "chat", "text": "It rained on 3 May 2026."},
        {"purpose": "extract", "output": {"dates": ["2026-05-03"]}},
    ],
}
SCHEMA = {"type": "object", "properties": {"dates": {"type": "array"}}}


@pytest.fixture(params=["offline", "scripted", "replay"])
def name(request, lab, tmp_path) -> str:
    if request.param == "offline":
        return "offline"
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(SCRIPT))
    if request.param == "scripted":
        return f"scripted:{path}"
    with lab.span("recorded"):
        lab.ask(f"When did it rain? {TEXT}", model=f"scripted:{path}")
        lab.ask(TEXT, model=f"scripted:{path}", output=SCHEMA)
    return f"replay:{run_called(lab, 'recorded')}"


def run_called(lab, name) -> str:
    ((found,),) = lab.sql(f"select run_id from spans where name = '{name}'").fetchall()
    return str(found)


@pytest.fixture
def messages() -> list[dict[str, str]]:
    return [{"role": "user", "content": TEXT}, {"role": "user", "content": "When did it rain?"}]


def ask(lab, name, prompt, **how):
    if name.startswith("replay"):
        prompt = f"When did it rain? {TEXT}" if "output" not in how else TEXT
    return lab.ask(prompt, model=name, **how)


def test_a_text_comes_back_and_costs_nothing(lab, server, name, messages) -> None:
    answer = ask(lab, name, messages)

    assert "3 May 2026" in answer.text
    assert (answer.cost_usd, answer.credits, answer.attempts[0].model) == (0, 0, name)
    assert answer.attempts[0].number == 1
    assert server.requests == []


def test_a_structured_answer_comes_back(lab, name) -> None:
    answer = ask(lab, name, TEXT, output=SCHEMA)

    assert answer.output == {"dates": ["2026-05-03"]}


def test_the_pieces_of_a_stream_are_the_text(lab, name, messages) -> None:
    heard = list[Delta]()

    answer = ask(lab, name, messages, stream=heard.append)

    assert "".join(it.text for it in heard) == answer.text


def test_tokens_are_estimated(lab, name, messages) -> None:
    counted = lab.count_tokens(messages, model=name)

    assert counted.exact is False
    assert counted.tokens > 10


def test_each_question_is_a_row_under_the_span_around_it(lab, name, messages) -> None:
    with lab.span("around"):
        ask(lab, name, messages)

    run_id = run_called(lab, "around")
    rows = lab.sql(f"select model, attempt, cost_usd from llm_calls where run_id = '{run_id}'").fetchall()
    assert rows == [(name, 1, 0.0)]
