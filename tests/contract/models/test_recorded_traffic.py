"""Every recorded exchange becomes what its own JSON says: text, tool calls, thinking, end, tokens, money.

Over the exchanges of providers where ``AGENTLAB_TRAFFIC`` names their folder, over some of our own elsewhere.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from recorded_exchanges import Exchange, our_own, recorded
from wire_expectations import EXCEPTIONS, Expected, expected

from agentlab.errors import ModelError
from agentlab.models.gateway import Gateway
from agentlab.settings import Settings
from agentlab.testing import MemoryRecorder, ProviderServer, Raw
from agentlab.types import Message, ModelRequest, ModelResponse, Scope

EXCHANGES = recorded() or our_own()
NAMED = {exchange.key: exchange for exchange in EXCHANGES}
SCOPE = Scope(trace_id="0" * 32, run_id="run_1")
AT_ONCE = 8
ENOUGH = 0.995
PREFIX = {"anthropic": "anthropic", "chat": "openai-chat", "responses": "openai-responses", "google": "google"}


def replayed(asked: Any) -> Raw:
    """The exchange whose number the prompt names."""
    (number,) = re.findall(r"exchange (\d+)", str(asked.body))
    return EXCHANGES[int(number)].answer


def model_of(exchange: Exchange) -> str:
    prefix = "compatible" if "/openai/" in exchange.path else PREFIX[exchange.interface]
    return f"{prefix}:{exchange.model}"


def became(outcome: ModelResponse | ModelError) -> Expected:
    """What came out, in the words of the expectation."""
    if isinstance(outcome, ModelError):
        return Expected(error=outcome.code)
    usage = outcome.usage
    tokens = (
        usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens, usage.reasoning_tokens
    )  # fmt: skip
    return Expected(
        text=outcome.text,
        thinks=bool(outcome.thinking),
        calls=tuple((call.name, call.args) for call in outcome.tool_calls),
        stop=outcome.finish_reason,
        tokens=None if usage.input_tokens is None else tuple(number or 0 for number in tokens),
        cost=outcome.cost_usd,
    )


async def ask_all(server: ProviderServer, recorder: MemoryRecorder) -> dict[str, ModelResponse | ModelError]:
    settings = Settings(
        **server.settings(),
        model_servers={"compatible": {"base_url": server.url(version=True), "free": False}},
        model_attempts=1,
        model_cache="off",
        model_rate_per_minute=0,
    )
    gateway, free = Gateway(recorder, settings=settings), asyncio.Semaphore(AT_ONCE)
    found: dict[str, ModelResponse | ModelError] = {}

    async def ask(number: int, exchange: Exchange) -> None:
        request = ModelRequest(purpose="chat", messages=(Message(role="user", content=f"exchange {number}"),))
        async with free:
            try:
                found[exchange.key] = await gateway.open(model_of(exchange)).answer(
                    request, SCOPE, (lambda _: None) if exchange.streamed else None
                )
            except ModelError as error:
                found[exchange.key] = error

    await asyncio.gather(*(ask(number, exchange) for number, exchange in enumerate(EXCHANGES)))
    await gateway.close()
    return found


@pytest.fixture(scope="module")
def recorder() -> MemoryRecorder:
    return MemoryRecorder()


@pytest.fixture(scope="module")
def outcomes(recorder) -> dict[str, ModelResponse | ModelError]:
    with ProviderServer(replayed) as server:
        return asyncio.run(ask_all(server, recorder))


@pytest.fixture(scope="module")
def differing(outcomes) -> dict[str, str]:
    """What differs, by exchange: ``field: ours, not theirs``."""
    found = {}
    for key, outcome in outcomes.items():
        ours, wanted = vars(became(outcome)), vars(expected(NAMED[key]))
        if said := [
            f"{name}: {ours[name]!r:.300}, not {wanted[name]!r:.300}" for name in ours if ours[name] != wanted[name]
        ]:
            found[key] = "; ".join(said)
    return found


def test_what_differs_from_the_wire_is_named_with_its_reason(differing) -> None:
    named = {key for key in EXCEPTIONS if key in NAMED}

    assert {key: said for key, said in differing.items() if key not in named} == {}
    assert named - set(differing) == set()  # an exception that is none any more


def test_hardly_anything_differs(differing, outcomes) -> None:
    assert len(outcomes) == len(EXCHANGES)
    assert len(differing) <= (1 - ENOUGH) * len(outcomes)
