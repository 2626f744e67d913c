"""What a provider has counted, in our words, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic_ai.usage import RequestUsage

from agentlab.models.prices import FREE, Price, price_of
from agentlab.models.providers.access import Access
from agentlab.types import Usage

_COLUMNS = frozenset(
    {"input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "output_reasoning_tokens"}
)
_LISTED = frozenset({"anthropic", "openai", "google"})
"""Providers that the price list is asked for by name; models of others are looked for everywhere."""
_FLAVORS = {"openai-chat": "chat", "openai-responses": "responses"}


def usage_of(counted: RequestUsage | None) -> Usage:
    """Our record of what was counted; unknown where nothing was."""
    if counted is None or counted.unmeasured_requests:
        return Usage()
    numbers = {name: value for name, value in vars(counted).items() if isinstance(value, int) and value}
    return Usage(
        input_tokens=counted.input_tokens,
        output_tokens=counted.output_tokens,
        cache_read_tokens=counted.cache_read_tokens,
        cache_write_tokens=counted.cache_write_tokens,
        reasoning_tokens=counted.output_reasoning_tokens,
        details={name: value for name, value in numbers.items() if name not in _COLUMNS},
    )


def counted_in(raw: Mapping[str, Any] | None, access: Access, model: str) -> RequestUsage | None:
    """What the interface said itself, for an answer that came to nothing. None where it said nothing."""
    if not raw:
        return None
    google = access.dialect == "google"
    return RequestUsage.extract(
        {"usageMetadata": raw, "modelVersion": model} if google else {"usage": raw, "model": model},
        provider=access.provider,
        provider_url=access.base_url,
        provider_fallback={"anthropic": "anthropic", "google": "google"}.get(access.dialect, "openai"),
        api_flavor=_FLAVORS.get(access.dialect, "default"),
    )


def price_at(
    access: Access, asked: str, answered: str, usage: Usage, at: datetime, context: Mapping[str, Any] | None = None
) -> Price | None:
    """What that usage costs by the model that ``answered``; None for unknown. ``at`` in UTC.

    Where the list does not know that one, the price of the model that was ``asked`` holds only if the other is a version
    of it: a router may have handed the question to a model of another price.
    """
    if access.free:
        return FREE
    provider = access.provider if access.provider in _LISTED else None
    answered = answered.removeprefix("models/") or asked
    price = price_of(provider, answered, usage, at, context=context)
    if price is None and answered != asked and answered.startswith(asked):
        return price_of(provider, asked, usage, at, context=context)
    return price


def now() -> datetime:
    """The time, UTC without zone."""
    return datetime.now(UTC).replace(tzinfo=None)
