"""Connections to providers: one set for each event loop, opened when first needed, witnessed."""

from __future__ import annotations

import asyncio
import os
import re
import warnings
from contextlib import suppress
from importlib import import_module
from typing import Any
from urllib.request import getproxies
from weakref import WeakKeyDictionary

import httpx2
from pydantic_ai.models import Model as NativeModel

from agentlab.models.providers.access import Access, sdk_of
from agentlab.models.providers.witness import WitnessedTransport

for _category in (DeprecationWarning, UserWarning):  # a model's retirement is told by the catalogue, once
    warnings.filterwarnings(
        "ignore",
        category=_category,
        module=r"(pydantic_ai|anthropic|openai|google\.genai|agentlab\.models\.providers)\b",
    )

CONNECT_S = 10
"""Seconds that a connection may take to come about."""
_NO_KEY = "none"
"""Sent where a server needs no key; the SDKs want one."""


class Connections:
    """The models of providers as this process reaches them. Thread-safe: nothing is shared between event loops."""

    def __init__(self) -> None:
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, _OfLoop] = WeakKeyDictionary()

    def model(self, access: Access, name: str) -> NativeModel:
        """The model called ``name`` there, for the event loop that runs."""
        loop = asyncio.get_running_loop()
        if loop not in self._by_loop:
            self._by_loop[loop] = _OfLoop()
        return self._by_loop[loop].model(access, name)

    async def close(self) -> None:
        """Close what the event loop that runs has opened."""
        if mine := self._by_loop.pop(asyncio.get_running_loop(), None):
            await mine.close()


class _OfLoop:
    def __init__(self) -> None:
        self._client: httpx2.AsyncClient | None = None
        self._models: dict[tuple[Access, str], NativeModel] = {}

    def model(self, access: Access, name: str) -> NativeModel:
        found = self._models.get((access, name))
        if found is None:
            self._client = self._client or _client()
            found = self._models[access, name] = _open(access, name, self._client)
        return found

    async def close(self) -> None:
        with suppress(RuntimeError):  # the loop is on its way out
            if self._client:
                await self._client.aclose()


def load(access: Access) -> None:
    """Import the SDK that speaks the interface: a second or two, the first time. Meant for a thread."""
    import_module(sdk_of(access))


def _client() -> httpx2.AsyncClient:
    limits = httpx2.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=30)

    def transport(proxy: str | None = None) -> WitnessedTransport:
        return WitnessedTransport(httpx2.AsyncHTTPTransport(limits=limits, proxy=proxy))

    return httpx2.AsyncClient(
        transport=transport(),
        mounts={pattern: transport(proxy) for pattern, proxy in _proxies().items()},
        timeout=httpx2.Timeout(600, connect=CONNECT_S),
        headers={"accept-encoding": "gzip, deflate"},  # what a witness can unpack
        follow_redirects=True,
    )


def _proxies() -> dict[str, str | None]:
    """The proxies that the environment names, and the hosts that it wants to be reached without; none for loopback."""
    found: dict[str, str | None] = {
        f"{scheme}://": url
        for scheme, url in getproxies().items()
        if scheme in {"http", "https", "all"} and url.startswith("http")
    }
    if found:
        spared = (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "").split(",")
        for host in ["localhost", "127.0.0.1", *map(str.strip, spared)]:
            if host and host != "*":
                found[f"all://{host}" if not host.startswith(".") else f"all://*{host}"] = None
        if "*" in map(str.strip, spared):
            return {}
    return found


def _open(access: Access, name: str, client: httpx2.AsyncClient) -> NativeModel:
    """The model of pydantic-ai, its SDK told to try once only: we decide what is tried again."""
    key, base_url = access.key.get_secret_value() or _NO_KEY, access.base_url or None
    common: dict[str, Any] = {"api_key": key, "base_url": base_url, "http_client": client}
    match access.dialect:
        case "anthropic":
            from anthropic import AsyncAnthropic
            from pydantic_ai.models.anthropic import AnthropicModel
            from pydantic_ai.providers.anthropic import AnthropicProvider

            return AnthropicModel(
                name, provider=AnthropicProvider(anthropic_client=AsyncAnthropic(max_retries=0, **common))
            )
        case "google":
            from pydantic_ai.models.google import GoogleModel
            from pydantic_ai.providers.google import GoogleProvider

            return GoogleModel(name, provider=GoogleProvider(**common))
        case _:
            from openai import AsyncOpenAI
            from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
            from pydantic_ai.providers.openai import OpenAIProvider

            provider = OpenAIProvider(openai_client=AsyncOpenAI(max_retries=0, **common))
            if access.dialect == "openai-responses":
                return OpenAIResponsesModel(name, provider=provider)
            return OpenAIChatModel(name, provider=provider, profile=_profile(access, name))


def _profile(access: Access, name: str) -> Any:
    """Servers of one's own know the limit of an answer by its old name, OpenAI's models by the new one alone."""
    if access.provider == "openai" or re.match(r"o\d|gpt-(?!oss)", name.rpartition("/")[2]):
        return None
    return {"openai_chat_supports_max_completion_tokens": False}
