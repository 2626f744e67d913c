"""Whole conversations with tools, played back: ask, call each tool once, ask again, to the end of the recording.

Over the conversations of ``AGENTLAB_TRAFFIC`` where that names their folder, over some of our own elsewhere.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import Any

import pytest
from recorded_exchanges import Exchange, cassettes, our_own, recorded
from wire_expectations import EXCEPTIONS, expected

from agentlab.models.gateway import Gateway
from agentlab.settings import Settings
from agentlab.testing import MemoryRecorder, ProviderServer, Raw
from agentlab.testing.provider_server import Asked
from agentlab.types import Message, ModelRequest, ModelResponse, Scope, ToolSchema

SCOPE = Scope(trace_id="0" * 32, run_id="run_1")
PREFIX = {"anthropic": "anthropic", "chat": "openai-chat", "responses": "openai-responses", "google": "google"}
AT_ONCE = 8


def conversations() -> list[list[Exchange]]:
    """Those that begin with a tool call and go on; of recordings that hold several, the part up to a failure."""
    found = []
    for part in (cassettes(recorded()) or ours()).values():
        interface = part[0].interface
        good = [it for it in part if it.status == 200 and it.interface == interface and "/openai/" not in it.path]
        good = [it for it in good if it.key not in EXCEPTIONS and not expected(it).error]
        starts = next((at for at, it in enumerate(good) if expected(it).calls), None)
        if starts is not None and len(good) - starts > 1:
            found.append(good[starts:])
    return found


def ours() -> dict[str, list[Exchange]]:
    """A tool call, and then a text, on each interface, whole and as a stream."""
    made = {exchange.key: exchange for exchange in our_own()}
    return {key: [exchange, made[key.replace("-tools", "-text")]] for key, exchange in made.items() if "-tools" in key}


CONVERSATIONS = conversations()


class Stage:
    """Serves each conversation's exchanges in their order, and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: dict[int, list[Any]] = {}

    def reply(self, asked: Asked) -> Raw:
        (number, *_) = re.findall(r"conversation (\d+)", str(asked.body))
        said = self.asked.setdefault(int(number), [])
        said.append(asked.body)
        return CONVERSATIONS[int(number)][len(said) - 1].answer


async def play(gateway: Gateway, number: int, runs: Counter[tuple[int, str]]) -> list[ModelResponse]:
    """Every answer of a conversation; ``runs`` counts the runs of each tool call."""
    exchanges, answers = CONVERSATIONS[number], list[ModelResponse]()
    messages = [Message(role="user", content=f"conversation {number}")]
    for exchange in exchanges:
        tools = {call[0] for call in expected(exchange).calls} or {"look"}
        answer = await gateway.open(f"{PREFIX[exchange.interface]}:{exchange.model}").answer(
            ModelRequest(purpose="chat", messages=tuple(messages), tools=tuple(ToolSchema(name=it) for it in tools)),
            SCOPE,
            (lambda _: None) if exchange.streamed else None,
        )
        answers.append(answer)
        messages.append(answer.message)
        if not answer.tool_calls:
            break
        for call in answer.tool_calls:
            runs[number, call.id] += 1
            messages.append(Message(role="tool", content=f"{call.name} ran", tool_call_id=call.id, name=call.name))
    return answers


@pytest.fixture(scope="module")
def played() -> tuple[Stage, dict[int, list[ModelResponse]], Counter[tuple[int, str]]]:
    stage, runs = Stage(), Counter[tuple[int, str]]()

    async def all_of_them(server: ProviderServer) -> dict[int, list[ModelResponse]]:
        settings = Settings(**server.settings(), model_attempts=1, model_cache="off", model_rate_per_minute=0)
        gateway, free = Gateway(MemoryRecorder(), settings=settings), asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> tuple[int, list[ModelResponse]]:
            async with free:
                return number, await play(gateway, number, runs)

        found = dict(await asyncio.gather(*map(one, range(len(CONVERSATIONS)))))
        await gateway.close()
        return found

    with ProviderServer(stage.reply) as server:
        return stage, asyncio.run(all_of_them(server)), runs


def called_in(interface: str, body: Any) -> tuple[list[str], list[str]]:
    """Ids of the tool calls that a prompt repeats, and of those that it answers; names where Google has no ids."""
    if interface == "anthropic":
        parts = [
            it for message in body["messages"] if isinstance(message["content"], list) for it in message["content"]
        ]
        return _ids(parts, "tool_use", "id"), _ids(parts, "tool_result", "tool_use_id")
    if interface == "chat":
        calls = [call["id"] for message in body["messages"] for call in message.get("tool_calls") or ()]
        return calls, [message["tool_call_id"] for message in body["messages"] if message["role"] == "tool"]
    if interface == "responses":
        return _ids(body["input"], "function_call", "call_id"), _ids(body["input"], "function_call_output", "call_id")
    parts = [part for content in body["contents"] for part in content["parts"]]
    return (
        [part["functionCall"]["name"] for part in parts if "functionCall" in part],
        [part["functionResponse"]["name"] for part in parts if "functionResponse" in part],
    )


def _ids(parts: list[Any], kind: str, name: str) -> list[str]:
    return [part[name] for part in parts if part.get("type") == kind]


def test_there_are_conversations_on_every_interface() -> None:
    assert {part[0].interface for part in CONVERSATIONS} == set(PREFIX)
    assert len(CONVERSATIONS) >= (100 if recorded() else 4)


def test_no_tool_is_run_twice(played) -> None:
    _, _, runs = played

    assert {key: times for key, times in runs.items() if times > 1} == {}


def test_each_prompt_repeats_the_calls_before_it_and_answers_each_once(played) -> None:
    stage, answers, _ = played
    wrong = {}

    for number, exchanges in enumerate(CONVERSATIONS):
        interface, made = exchanges[0].interface, list[str]()
        for body, answer in zip(stage.asked[number], answers[number], strict=True):
            if called_in(interface, body) != (made, made):
                wrong[exchanges[0].cassette] = (made, called_in(interface, body))
            made += [call.name if interface == "google" else call.id for call in answer.tool_calls]

    assert wrong == {}


SIGNED = {
    "anthropic": r"'signature': '([^']+)'",
    "google": r"'thought_?[sS]ignature': '([^']+)'",
    "responses": r"'encrypted_content': '([^']+)'",
}


def signed_in(interface: str, told: Any) -> set[str]:
    """Signatures, in one spelling of base64."""
    found = re.findall(SIGNED[interface], str(told))
    return {it.replace("-", "+").replace("_", "/").rstrip("=") for it in found}


def test_what_was_signed_goes_back_with_its_signature(played) -> None:
    stage, _, _ = played
    wrong, seen = {}, 0

    for number, exchanges in enumerate(CONVERSATIONS):
        interface, signed = exchanges[0].interface, set[str]()
        if interface not in SIGNED:
            continue
        for body, exchange in zip(stage.asked[number], exchanges, strict=False):
            if missing := signed - signed_in(interface, body):
                wrong[exchange.key] = sorted(it[:20] for it in missing)
            seen += len(signed)
            signed |= set() if exchange.streamed else signed_in(interface, exchange.told)

    assert wrong == {}
    assert seen >= (100 if recorded() else 1)
