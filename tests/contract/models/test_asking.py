"""What is asked reaches the wire, and what comes back is the same record, whichever way a model is asked."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from model_ways import WAYS
from pydantic import BaseModel

from agentlab.errors import OutputInvalid, RequestRefused
from agentlab.testing import Reply

LOOK = {
    "name": "look",
    "description": "Looks somewhere.",
    "parameters": {"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]},
}
PNG = b"\x89PNG\r\n\x1a\nnot a real one"


class City(BaseModel):
    """A city."""

    name: str
    people: int


SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}, "people": {"type": "integer"}}, "required": ["name", "people"]}  # fmt: skip


def last(server: Any) -> dict[str, Any]:
    found: dict[str, Any] = server.requests[-1].body
    return found


def prompt_in(way: Any, body: dict[str, Any]) -> list[Any]:
    found: list[Any] = body[{"google": "contents", "responses": "input"}.get(way.interface, "messages")]
    return found


def test_a_plain_question_is_answered(lab, server, way) -> None:
    answer = lab.ask("How many?", model=way.model)

    assert answer.text == Reply().text
    assert (answer.finish_reason, answer.tool_calls, answer.output, answer.thinking) == ("stop", (), None, "")
    assert answer.model == way.model
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (100, 20)
    assert [it.interface for it in server.requests] == [way.interface]
    assert "How many?" in json.dumps(prompt_in(way, last(server)))


def test_the_system_prompt_reaches_the_wire(lab, server, way) -> None:
    lab.ask("How many?", model=way.model, system="Be brief.")

    body = last(server)
    told = {
        "anthropic": lambda: body["system"],
        "google": lambda: body["systemInstruction"]["parts"][0]["text"],
        "chat": lambda: next(it["content"] for it in body["messages"] if it["role"] == "system"),
        "responses": lambda: next(it["content"] for it in body["input"] if it["role"] == "system"),
    }[way.interface]
    assert told() == "Be brief."


def test_the_length_and_the_temperature_reach_the_wire(lab, server, way) -> None:
    able = {"anthropic": "anthropic:claude-sonnet-4-5", "responses": "openai-responses:gpt-4o"}  # newer ones take none
    lab.ask("How many?", model=able.get(way.interface, way.model), max_tokens=77, temperature=0.25, cache=False)

    body = last(server)
    config = body.get("generationConfig", body)
    limits = ("max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens")
    assert {name: config[name] for name in limits if name in config} == {
        {"anthropic": "max_tokens", "google": "maxOutputTokens", "responses": "max_output_tokens"}.get(
            way.interface, "max_tokens" if way.free else "max_completion_tokens"
        ): 77
    }
    assert config["temperature"] == 0.25


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ("none", {"anthropic": {"type": "none"}, "chat": "none", "responses": "none", "google": {"mode": "NONE"}}),
        ("required", {"anthropic": {"type": "any"}, "chat": "required", "responses": "required", "google": {"mode": "ANY"}}),
        (
            "look",
            {
                "anthropic": {"type": "tool", "name": "look"},
                "chat": {"type": "function", "function": {"name": "look"}},
                "responses": {"type": "function", "name": "look"},
                "google": {"mode": "ANY", "allowedFunctionNames": ["look"]},
            },
        ),
    ],
)  # fmt: skip
def test_tools_and_the_choice_among_them_reach_the_wire(lab, server, way, choice, told) -> None:
    lab.ask("Look!", model=way.model, tools=[LOOK, {"name": "walk"}], tool_choice=choice)

    body = last(server)
    sent = body["tools"][0]["functionDeclarations"] if way.interface == "google" else body["tools"]
    named = [tool.get("function", tool) for tool in sent]
    assert [tool["name"] for tool in named] == ["look", "walk"]
    assert LOOK["parameters"] in [value for tool in named for value in tool.values()]
    chosen = body["toolConfig"]["functionCallingConfig"] if way.interface == "google" else body["tool_choice"]
    assert chosen == told[way.interface]


def test_one_tool_call_at_a_time_is_asked_for(lab, server, way) -> None:
    lab.ask("Look!", model=way.model, tools=[LOOK], parallel_tool_calls=False)

    body = last(server)
    if way.interface == "anthropic":
        assert body["tool_choice"]["disable_parallel_tool_use"] is True
    elif way.interface != "google":  # which cannot be asked for it
        assert body["parallel_tool_calls"] is False


def test_tool_calls_come_whole_and_in_their_order(lab, server, way) -> None:
    server.reply = Reply(text="", tool_calls=(("look", {"at": "the sea"}), ("look", {"at": "the sky"}), ("walk", {})))

    for stream in (False, True):
        answer = lab.ask("Look!", model=way.model, tools=[LOOK], stream=stream)

        assert [(it.name, it.args) for it in answer.tool_calls] == list(server.reply.tool_calls)
        assert len({it.id for it in answer.tool_calls}) == 3
        assert answer.finish_reason == "tool_call"


def test_a_conversation_with_tools_goes_to_its_end(lab, server, way) -> None:
    """The answer goes back as it came, its tool calls with their ids and what was signed with its signature."""
    server.reply = lambda asked: (
        Reply(text="Let me look.", thinking="Hm.", tool_calls=(("look", {"at": "a"}), ("look", {"at": "b"})))
        if len(prompt_in(way, asked.body)) == 1
        else Reply(text="Done.")
    )
    first = lab.ask("Look twice.", model=way.model, tools=[LOOK])
    results = [
        {"role": "tool", "tool_call_id": it.id, "name": it.name, "content": f"saw {it.args['at']}"}
        for it in first.tool_calls
    ]
    second = lab.ask(
        [{"role": "user", "content": "Look twice."}, first.message, *results], model=way.model, tools=[LOOK]
    )

    assert second.text == "Done."
    sent = json.dumps(prompt_in(way, last(server)))
    assert "saw a" in sent
    assert "saw b" in sent
    if way.interface != "google":
        for call in first.tool_calls:
            assert sent.count(f'"{call.id}"') == 2  # the call, and its result
    if way.interface == "anthropic":
        assert first.thinking == "Hm."
        blocks = prompt_in(way, last(server))[1]["content"]
        assert {"type": "thinking", "thinking": "Hm.", "signature": "c2lnbmVk"} in blocks
    if way.interface == "responses":
        assert "rs_1" in sent  # the reasoning, by its id


@pytest.mark.parametrize("output", [SCHEMA, City], ids=["schema", "class"])
def test_a_structured_answer_fits_its_schema(lab, server, way, output) -> None:
    server.reply = Reply(text="", tool_calls=(("final_result", {"name": "Oslo", "people": 700_000}),))

    for stream in (False, True):
        answer = lab.ask("Which city?", model=way.model, output=output, stream=stream)

        assert answer.output == {"name": "Oslo", "people": 700_000}
        assert (answer.tool_calls, answer.finish_reason) == ((), "stop")


def test_a_structured_answer_may_come_as_text(lab, server, way) -> None:
    server.reply = Reply(text='```json\n{"name": "Oslo", "people": 1}\n```')

    assert lab.ask("Which city?", model=way.model, output=City).output == {"name": "Oslo", "people": 1}


def test_a_wrong_structured_answer_is_corrected_once(lab, server, way) -> None:
    wrong, right = {"name": "Oslo"}, {"name": "Oslo", "people": 1}
    server.reply = lambda _: Reply(
        text="", tool_calls=(("final_result", wrong if len(server.requests) == 1 else right),)
    )

    answer = lab.ask("Which city?", model=way.model, output=City)

    assert answer.output == right
    assert [it.error_kind for it in answer.attempts] == ["output_invalid", ""]
    assert "'people' is a required property" in json.dumps(prompt_in(way, last(server)))
    if not way.free:
        assert answer.cost_usd == 2 * answer.attempts[0].cost_usd > 0


def test_a_structured_answer_that_stays_wrong_is_an_error(lab, server, way) -> None:
    server.reply = Reply(text="", tool_calls=(("final_result", {"name": 1}),))

    with pytest.raises(OutputInvalid) as caught:
        lab.ask("Which city?", model=way.model, output=SCHEMA)

    assert len(server.requests) == len(caught.value.attempts) == 2
    assert any("people" in problem for problem in caught.value.context["problems"])
    assert all(it.usage.output_tokens == 20 for it in caught.value.attempts)


def test_a_schema_that_is_none_is_refused_before_anything_is_sent(lab, server) -> None:
    with pytest.raises(RequestRefused):
        lab.ask("x", model=WAYS["google"].model, output={"type": "array"})
    assert server.requests == []


def test_pictures_reach_the_wire(lab, server, way, tmp_path) -> None:
    encoded = base64.b64encode(PNG).decode()
    path = tmp_path / "picture.png"
    path.write_bytes(PNG)

    for picture in (PNG, path, str(path), f"data:image/png;base64,{encoded}"):
        lab.ask("What is it?", model=way.model, images=[picture], cache=False)
        sent = json.dumps(prompt_in(way, last(server)))
        assert encoded in sent or encoded.replace("+", "-").replace("/", "_") in sent
        assert "image/png" in sent


def test_the_address_of_a_picture_reaches_the_wire_where_the_provider_fetches_it(lab, server, way) -> None:
    address = "https://pictures.invalid/a.png"
    if way.interface == "google":  # which fetches none: it is fetched here, and there is none
        with pytest.raises(RequestRefused) as caught:
            lab.ask("What is it?", model=way.model, images=[address])
        assert (len(caught.value.attempts), caught.value.attempts[0].charged) == (1, False)
        return
    lab.ask("What is it?", model=way.model, images=[address])
    assert address in json.dumps(prompt_in(way, last(server)))


def test_a_prompt_is_kept_by_the_provider_where_that_must_be_asked_for(lab, server, way) -> None:
    for wanted in (False, True):
        lab.ask("How many?", model=way.model, system="Long.", tools=[LOOK], prompt_cache=wanted)
        sent = json.dumps(last(server))
        assert ("cache_control" in sent) == (wanted and way.interface == "anthropic")
    if way.interface == "anthropic":
        assert last(server)["system"][0]["cache_control"]["type"] == "ephemeral"


def test_tokens_are_counted_by_the_provider_or_estimated(lab, server, way) -> None:
    server.reply = Reply(input_tokens=1_234)

    counted = lab.count_tokens("How many tokens has this?", model=way.model, system="Be brief.")

    exact = way.interface != "chat"
    assert counted.exact == exact
    assert counted.tokens == 1_234 if exact else 10 < counted.tokens < 60
    assert len(server.requests) == exact


def test_thinking_is_asked_for_and_told(lab, server) -> None:
    server.reply = Reply(thinking="Let me see.", reasoning_tokens=7)
    asked = {
        "anthropic": lambda body: body["thinking"]["type"] == "adaptive",
        "openai-responses": lambda body: body["reasoning"]["effort"] == "high",
        "google": lambda body: body["generationConfig"]["thinkingConfig"]["include_thoughts"] is True,
    }
    for name, told in asked.items():
        answer = lab.ask("Think!", model=WAYS[name].model, thinking="high")

        assert told(last(server)), name
        assert (name, answer.thinking, answer.text) == (name, "Let me see.", Reply().text)
        assert answer.usage.reasoning_tokens == (None if name == "anthropic" else 7) or name == "anthropic"
