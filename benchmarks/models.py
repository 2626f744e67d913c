"""What ``lab.ask`` adds to a call over the provider's own SDK, in milliseconds, and to a stream, as a ratio.

A server of ``agentlab.testing`` in a process of its own answers at once. Calls take turns: the bare SDK, pydantic-ai alone,
ours (guarded, recorded, priced), so that a busy machine is busy for all. Medians of 200 calls, of 60 streams of 100 pieces.
*Processor* is the time that this process computed: what remains of the difference where others are at work on the machine.
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
from dataclasses import dataclass
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
            "raw events": lambda: raw(claude.messages.create(stream=True, **how)),
            "helper": lambda: helped(claude.messages.stream(**how)),
        },
        "openai chat": {
            "raw events": lambda: raw(openai.chat.completions.create(model="gpt-4o", messages=said, stream=True)),
            "helper": lambda: helped(openai.chat.completions.stream(model="gpt-4o", messages=said)),
        },
        "openai responses": {
            "raw events": lambda: raw(openai.responses.create(model="gpt-5", input=QUESTION, stream=True)),
            "helper": lambda: helped(openai.responses.stream(model="gpt-5", input=QUESTION)),
        },
        "google": {
            "raw events": lambda: raw(
                google.models.generate_content_stream(model="gemini-2.5-flash", contents=QUESTION)
            ),
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


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds of one piece of work, medians."""

    wall: float
    cpu: float


class Watch:
    """Takes the times of several works that take turns; the first turns warm up and do not count."""

    def __init__(self) -> None:
        self._taken: dict[str, list[tuple[float, float]]] = {}

    @contextmanager
    def on(self, name: str) -> Iterator[None]:
        began, computed = time.perf_counter(), time.process_time()
        yield
        self._taken.setdefault(name, []).append((time.perf_counter() - began, time.process_time() - computed))

    def found(self) -> dict[str, Took]:
        return {
            name: Took(*(statistics.median(times[at] for times in taken[WARM:]) * 1_000 for at in (0, 1)))
            for name, taken in self._taken.items()
        }


async def in_turns(works: dict[str, Work], times: int) -> dict[str, Took]:
    """What each took."""
    watch = Watch()
    for _ in range(WARM + times):
        for name, work in works.items():
            with watch.on(name):
                await work()
    return watch.found()


def show_call(kind: str, name: str, found: dict[str, Took]) -> None:
    """A line with what each took, and what ours took more."""
    sdk, own = found["sdk"], found["ours"]
    told = "   ".join(f"{who} {took.wall:5.2f}" for who, took in found.items())
    print(
        f"{kind:<7} {name:<16} ms: {told}   over the SDK {own.wall - sdk.wall:+5.2f} (processor {own.cpu - sdk.cpu:+5.2f})"
    )


def show_stream(name: str, found: dict[str, Took]) -> None:
    """A line with what each took, and how many times as long ours took as each of the others."""
    own = found["ours"]
    told = "   ".join(f"{who} {took.wall:5.1f}" for who, took in found.items())
    ratios = ", ".join(
        f"{own.wall / took.wall:.2f} x {who} ({own.cpu / took.cpu:.2f})" for who, took in found.items() if who != "ours"
    )
    print(f"stream  {name:<16} ms: {told}   {ratios} (processor)")


async def measure(url: str, lab: Lab) -> None:
    """Calls and streams inside one event loop."""
    calls, streams = bare_calls(url), bare_streams(url)
    for name in MODELS:
        await ours(lab, name)()
        works = {"sdk": calls[name], "pydantic-ai": pydantic_ai(lab, name), "ours": ours(lab, name)}
        show_call("call", name, await in_turns(works, CALLS))
    for name in MODELS:
        own = {"pydantic-ai": pydantic_ai(lab, name, stream=True), "ours": ours(lab, name, stream=True)}
        show_stream(name, await in_turns(streams[name] | own, STREAMS))
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
        watch = Watch()
        for _ in range(WARM + CALLS):
            with watch.on("sdk"):
                call()
            with watch.on("ours"):
                lab.ask(QUESTION, model=MODELS[name])
        show_call("lab.ask", name, watch.found())


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
