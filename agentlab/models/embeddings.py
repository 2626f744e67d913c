"""Vectors of texts from any server that speaks OpenAI's interface for embeddings. The SDK is imported when first asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from typing import Any

from agentlab.errors import AnswerGarbled, CallsOff, ProviderFailed, TimedOut, UnknownModel
from agentlab.model_settings import ModelSettings
from agentlab.models.providers.access import access_to

LONGEST_S = 5.0
"""Seconds that one request may take."""
_NO_KEY = "none"
"""Sent where a server needs no key; the SDK wants one."""


def embedder(model: str, settings: ModelSettings) -> Callable[[Sequence[str]], Awaitable[list[list[float]]]]:
    """A function from texts to vectors, one for each, made by ``provider:name``; address and key are the provider's settings.

    Asked, it raises ``ModelError`` where no vectors come within five seconds, and ``UnknownModel`` or ``KeyMissing`` where
    the model cannot be reached at all.
    """

    async def embed(texts: Sequence[str]) -> list[list[float]]:
        if not settings.real_model_calls:
            raise CallsOff(f"AGENTLAB_REAL_MODEL_CALLS is off, so {model} is not asked.")
        access, name = access_to(model, settings)
        if not access.dialect.startswith("openai"):
            raise UnknownModel(
                f"Embeddings of '{model}' cannot be asked for: {access.name} does not speak OpenAI's interface for them.",
                hint="Name a model of openai:, ollama: or of a server of yours.",
            )
        await asyncio.to_thread(import_module, "pydantic_ai.embeddings.openai")  # a second or two, the first time
        key, base_url = access.key.get_secret_value() or _NO_KEY, access.base_url or None
        try:
            async with asyncio.timeout(LONGEST_S):
                found = await _asked(name, key, base_url, list(texts))
        except TimeoutError:
            raise TimedOut(f"{model} made no embeddings within {LONGEST_S:g} seconds.") from None
        if len(found) != len(texts) or len({len(vector) for vector in found}) != 1:
            raise AnswerGarbled(f"{model} gave {len(found)} vectors for {len(texts)} texts, or of unlike lengths.")
        return found

    return embed


async def _asked(name: str, key: str, base_url: str | None, texts: list[str]) -> list[list[float]]:
    from openai import AsyncOpenAI
    from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel
    from pydantic_ai.exceptions import AgentRunError, UserError
    from pydantic_ai.providers.openai import OpenAIProvider

    client: Any = AsyncOpenAI(api_key=key, base_url=base_url, max_retries=0, timeout=LONGEST_S)
    async with client:
        embeddings = OpenAIEmbeddingModel(name, provider=OpenAIProvider(openai_client=client))
        try:
            made = await embeddings.embed(texts, input_type="document")
        except (AgentRunError, UserError, ValueError, TypeError) as error:  # an answer of another form is any of these
            raise ProviderFailed(f"{name} made no embeddings: {error}.") from error
    try:
        return [[float(number) for number in vector] for vector in made.embeddings]
    except (TypeError, ValueError):
        raise AnswerGarbled(f"{name} gave something else than vectors.") from None
