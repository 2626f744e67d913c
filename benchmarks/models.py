"""What ``lab.ask`` adds to a call over the provider's own SDK, in milliseconds, and to a stream, as a ratio.

A server of ``agentlab.testing`` in a process of its own answers at once. Calls take turns: the bare SDK, pydantic-ai alone,
ours (guarded, recorded, priced), so that a busy machine is busy for all. Medians of 200 calls, of 60 streams of 100 pieces.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import agentlab
from agentlab.agent.guards import Budget
from agentlab.lab import Lab
from agentlab.testing import ProviderServer, Reply
from agentlab.types import Limits, Message, ModelRequest, Options, Scope

CALLS, STREAMS, WARM = 200, 60, 20
QUESTION = "How many?"
MODELS = {
    "anthropic": "anthropic:claude-haiku-5-5",
    "openai chat": "openai-chat:gpt-4o",
    "openai responses": "openai-responses:gpt-5",
    "google": "google:gemini-2.5-flash",
}
SCOPE = Scope(trace_id="0" * 32, run_id="bench")
KEY = "sk-test-0123456789abcdef"
Work = Callable[[], Awaitable[Any]]


@contextmanager
def served() -> Iterator[str]:
    """The address of a server in another process."""
    process = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def serve() -> None:
    """Answer until killed: a text of 100 pieces."""
    with ProviderServer(Reply(text="piece " * 100, pieces=100)) as server:
        print(server.url(), flush=True)
        while os.getppid() != 1:
            time.sleep(1)


def bare_calls(url: str) -> dict[str, Work]:
    """One question of each SDK."""
    from anthropic import AsyncAnthropic
    from google.genai import Client
    from openai import AsyncOpenAI

    claude = AsyncAnthropic(api_key=KEY, base_url=url, max_retries=0)
    openai = AsyncOpenAI(api_key=KEY, base_url=f"{url}/v1", max_retries=0)
    google = Client(api_key=KEY, http_options={"base_url": url}).aio
    said: Any = [{"role": "user", "content": QUESTION}]
    return {
        "anthropic": lambda: claude.messages.create(model="claude-haiku-5-5", max_tokens=8_192, messages=said),
        "openai chat": lambda: openai.chat.completions.create(model="gpt-4o", messages=said),
        "openai responses": lambda: openai.responses.create(model="gpt-5", input=QUESTION),
        "google": lambda: google.models.generate_content(model="gemini-2.5-flash", contents=QUESTION),
    }


def bare_streams(url: str) -> dict[str, dict[str, Work]]:
    """One stream of each SDK, read to its end: its raw events, and its helper where it has one."""
    from anthropic import AsyncAnthropic
    from google.genai import Client
    from openai import AsyncOpenAI

    claude = AsyncAnthropic(api_key=KEY, base_url=url, max_retries=0)
    openai = AsyncOpenAI(api_key=KEY, base_url=f"{url}/v1", max_retries=0)
    google = Client(api_key=KEY, http_options={"base_url": url}).aio
    said: Any = [{"role": "user", "content": QUESTION}]

    async def raw(opened: Awaitable[Any]) -> None:
        async for _ in await opened:
            pass

    async def helped(manager: Any) -> None:
        async with manager as stream:
            async for _ in stream:
                pass

    how: Any = {"model": "claude-haiku-5-5", "max_tokens": 8_192, "messages": said}
    return {
        "anthropic": {
            "raw": lambda: raw(claude.messages.create(stream=True, **how)),
            "helper": lambda: helped(claude.messages.stream(**how)),
        },
        "openai chat": {
            "raw": lambda: raw(openai.chat.completions.create(model="gpt-4o", messages=said, stream=True)),
            "helper": lambda: helped(openai.chat.completions.stream(model="gpt-4o", messages=said)),
        },
        "openai responses": {
            "raw": lambda: raw(openai.responses.create(model="gpt-5", input=QUESTION, stream=True)),
            "helper": lambda: helped(openai.responses.stream(model="gpt-5", input=QUESTION)),
        },
        "google": {
            "raw": lambda: raw(google.models.generate_content_stream(model="gemini-2.5-flash", contents=QUESTION)),
        },
    }


def ours(lab: Lab, name: str, *, stream: bool = False) -> Work:
    """A call as a run makes it: through the gateway, with a purse."""
    request = ModelRequest(purpose="chat", messages=(Message(role="user", content=QUESTION),), options=Options())

    async def ask() -> None:
        purse = Budget(Limits(budget=10**9, step_budget=10**9))
        model = lab.gateway.open(MODELS[name], purse=purse)
        await model.answer(request, SCOPE, (lambda _: None) if stream else None)

    return ask


def pydantic_ai(lab: Lab, name: str, *, stream: bool = False) -> Work:
    """pydantic-ai alone, over the connections of the lab."""
    from pydantic_ai.messages import ModelRequest as NativeRequest
    from pydantic_ai.messages import UserPromptPart
    from pydantic_ai.models import ModelRequestParameters

    from agentlab.models.providers.access import access_to

    access, short = access_to(MODELS[name], lab.settings)
    settings: Any = {"max_tokens": 8_192} if name == "anthropic" else {}

    async def ask() -> None:
        model = lab.gateway.connections.model(access, short)
        messages: Any = [NativeRequest(parts=[UserPromptPart(content=QUESTION)])]
        if not stream:
            await model.request(messages, settings, ModelRequestParameters())
            return
        async with model.request_stream(messages, settings, ModelRequestParameters()) as events:
            async for _ in events:
                pass
            events.get()

    return ask


async def in_turns(works: dict[str, Work], times: int) -> dict[str, float]:
    """Milliseconds of each, the median."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for number in range(WARM + times):
        for name, work in works.items():
            began = time.perf_counter()
            await work()
            if number >= WARM:
                taken[name].append((time.perf_counter() - began) * 1_000)
    return {name: statistics.median(found) for name, found in taken.items()}


async def measure(url: str, lab: Lab) -> None:
    """Calls and streams inside one event loop."""
    calls, streams = bare_calls(url), bare_streams(url)
    for name in MODELS:
        await ours(lab, name)()
        found = await in_turns(
            {"sdk": calls[name], "pydantic-ai": pydantic_ai(lab, name), "ours": ours(lab, name)}, CALLS
        )
        print(
            f"call    {name:<17} SDK {found['sdk']:5.2f} ms   pydantic-ai {found['pydantic-ai']:5.2f}   ours {found['ours']:5.2f}"
            f"   over the SDK {found['ours'] - found['sdk']:+5.2f} ms, over pydantic-ai {found['ours'] - found['pydantic-ai']:+5.2f} ms"
        )
    for name in MODELS:
        works = streams[name] | {
            "pydantic-ai": pydantic_ai(lab, name, stream=True),
            "ours": ours(lab, name, stream=True),
        }
        found = await in_turns(works, STREAMS)
        helper = f"   its helper {found['helper']:5.1f}" if "helper" in found else ""
        print(
            f"stream  {name:<17} SDK {found['raw']:5.1f} ms{helper}   pydantic-ai {found['pydantic-ai']:5.1f}"
            f"   ours {found['ours']:5.1f}   {found['ours'] / found['raw']:.2f} x the SDK"
            + (f", {found['ours'] / found['helper']:.2f} x its helper" if helper else "")
            + f", {found['ours'] / found['pydantic-ai']:.2f} x pydantic-ai"
        )
    await lab.gateway.close()


def measure_door(url: str, lab: Lab) -> None:
    """``lab.ask`` beside the SDK's own client for plain functions."""
    from anthropic import Anthropic
    from openai import OpenAI

    claude = Anthropic(api_key=KEY, base_url=url, max_retries=0)
    openai = OpenAI(api_key=KEY, base_url=f"{url}/v1", max_retries=0)
    said: Any = [{"role": "user", "content": QUESTION}]
    bare: dict[str, Callable[[], Any]] = {
        "anthropic": lambda: claude.messages.create(model="claude-haiku-5-5", max_tokens=8_192, messages=said),
        "openai chat": lambda: openai.chat.completions.create(model="gpt-4o", messages=said),
        "openai responses": lambda: openai.responses.create(model="gpt-5", input=QUESTION),
    }
    for name, call in bare.items():
        taken: list[tuple[float, float]] = []
        for _ in range(WARM + CALLS):
            began = time.perf_counter()
            call()
            middle = time.perf_counter()
            lab.ask(QUESTION, model=MODELS[name])
            taken.append((middle - began, time.perf_counter() - middle))
        sdk, asked = (statistics.median(found[at] for found in taken[WARM:]) * 1_000 for at in (0, 1))
        print(f"lab.ask {name:<17} SDK {sdk:5.2f} ms   lab.ask {asked:5.2f}   over the SDK {asked - sdk:+5.2f} ms")


def main() -> None:
    """Print a line for each interface and way."""
    warnings.simplefilter("ignore")
    if "--serve" in sys.argv:
        serve()
        return
    with served() as url, tempfile.TemporaryDirectory() as home:
        settings = {
            "anthropic_base_url": url,
            "openai_base_url": f"{url}/v1",
            "google_base_url": url,
            "anthropic_api_key": KEY,
            "openai_api_key": KEY,
            "google_api_key": KEY,
            "model_rate_per_minute": 1_000_000,
        }
        with agentlab.open(home=home, **settings) as lab:
            asyncio.run(measure(url, lab))
        with agentlab.open(home=home, **settings) as lab:
            measure_door(url, lab)


if __name__ == "__main__":
    main()
