"""Whether a key works: one tiny call of a model, or of a server of one's own the list of what it offers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from agentlab.errors import AnswerGarbled, KeyMissing, KeyRefused, ProviderFailed, UnknownModel, Unreachable, near
from agentlab.model_settings import ModelSettings
from agentlab.models.catalogue import ROLES, resolve, title_of
from agentlab.models.listing import KEYLESS, is_server, providers, without_password
from agentlab.models.providers.access import Access, access_to, accesses
from agentlab.types import ModelResponse

QUESTION = "Say ok."
MOST_TOKENS = 64
"""Of the answer."""
PATIENCE_S = 5.0
"""Seconds that a server has to say what it offers."""
_SMALLEST = {
    "anthropic": "anthropic:claude-haiku-5-5",
    "openai": "openai:gpt-6-luna",
    "openai-chat": "openai-chat:gpt-6-luna",
    "openai-responses": "openai-responses:gpt-6-luna",
    "google": "google:gemini-3.5-flash-lite",
}
"""The cheapest current model of each provider, asked where the settings name none of its own."""

Ask = Callable[..., ModelResponse]
"""``Lab.ask``: a prompt, then ``model`` and ``max_tokens``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What came of a test."""

    asked: str
    """Full name of the model that was asked, or name of the server."""
    response: ModelResponse | None = None
    ms: float = 0.0
    """Milliseconds until the answer was there."""
    offers: tuple[str, ...] = ()
    """Full names of the models that a server offers, where it was asked for them."""

    def as_dict(self) -> dict[str, Any]:
        """The same as plain JSON."""
        if self.response is None:
            return {"server": self.asked, "models": list(self.offers), "ms": round(self.ms, 1)}
        usage, cost = self.response.usage, self.response.cost_usd
        return {
            "model": self.asked,
            "text": self.response.text,
            "ms": round(self.ms, 1),
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cost_usd": None if cost is None else float(cost),
            "cache_hit": self.response.cache_hit,
        }


def probe(name: str, settings: ModelSettings, ask: Ask) -> Probed:
    """Test a provider, a server, a role or a model by its name.

    A provider's model gets one short question, which costs a fraction of a cent; a server whose model is not named says
    which it has. Raises what ``ask`` raises, ``KeyMissing``, ``UnknownModel``, and ``ModelError`` for a server.
    """
    model = to_ask(name, settings)
    began = time.monotonic()
    if not model:
        server = accesses(settings)[name.strip().lower()]
        found = offered_by(server)
        return Probed(asked=server.name, offers=found, ms=(time.monotonic() - began) * 1_000)
    answer = ask(QUESTION, model=model, max_tokens=MOST_TOKENS)
    # What the provider took: on a first call our own imports take longer.
    ms = sum(attempt.duration_ms for attempt in answer.attempts) or (time.monotonic() - began) * 1_000
    return Probed(asked=model, response=answer, ms=ms)


def to_ask(name: str, settings: ModelSettings) -> str:
    """The model that a test of ``name`` asks; empty where a server must say first what it has.

    Raises ``UnknownModel`` with the near misses, and ``KeyMissing``.
    """
    meant = resolve(name, settings)
    kind, colon, _ = meant.partition(":")
    if kind in KEYLESS and kind != "roles":
        return meant
    if colon:
        access_to(meant, settings)
        return meant
    access = accesses(settings).get(meant.lower())
    if access is None:
        choices = [*accesses(settings), *ROLES, "offline"]
        raise UnknownModel(
            f"There is nothing called '{name}' to test. {near(meant, choices)}",
            hint="Name a provider, a server or a model: agentlab models lists them.",
            model=name,
        )
    if not access.usable:
        raise KeyMissing(
            f"{title_of(access.name)} needs a key and {access.key_setting} is not set.",
            hint=f"Set {access.key_setting}, then test again: agentlab models --test {access.name}.",
            model=name,
        )
    if is_server(access):
        return ""
    in_use = {provider.name: provider.in_use for provider in providers(settings)}.get(access.name, ())
    return in_use[0] if in_use else _SMALLEST[access.name]


def offered_by(server: Access) -> tuple[str, ...]:
    """Full names of the models that an OpenAI-compatible server says it has, by ``GET /models``.

    Raises ``Unreachable``, ``KeyRefused``, ``ProviderFailed`` or ``AnswerGarbled``.
    """
    import httpx

    where, title = f"{server.base_url.rstrip('/')}/models", title_of(server.name)
    shown, key = without_password(where), server.key.get_secret_value()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        at_home = urlsplit(where).hostname in {"127.0.0.1", "::1", "localhost"}
        answer = httpx.get(where, headers=headers, timeout=PATIENCE_S, trust_env=not at_home)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise Unreachable(
            f"{title} does not answer at {shown}: {error or type(error).__name__}.",
            hint=f"Start it, or set {_variable(server.name)} to where it runs, with its /v1.",
        ) from error
    if answer.status_code in {401, 403}:
        raise KeyRefused(f"{title} at {shown} does not take the key.", hint="Check the key of this server.")
    if answer.status_code != httpx.codes.OK:
        raise ProviderFailed(
            f"{title} at {shown} answers with status {answer.status_code}.",
            hint=f"Check that {_variable(server.name)} is the address of an OpenAI-compatible server, with its /v1.",
        )
    try:
        return tuple(f"{server.name}:{model['id']}" for model in answer.json()["data"])
    except (ValueError, LookupError, TypeError) as error:
        raise AnswerGarbled(
            f"What {title} says at {shown} is no list of models.",
            hint=f"Check that {_variable(server.name)} is the address of an OpenAI-compatible server, with its /v1.",
        ) from error


def _variable(server: str) -> str:
    """The variable that holds a server's address."""
    if server.startswith("openai"):
        return "OPENAI_BASE_URL"
    return f"{server.upper()}_BASE_URL" if server in {"ollama", "vllm", "llamacpp"} else "AGENTLAB_MODEL_SERVERS"
