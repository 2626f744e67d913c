"""What a call of a model costs, from the public price list of genai-prices; no network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from agentlab.types import Usage

LOCAL = frozenset({"llama.cpp", "llama_cpp", "lm_studio", "lmstudio", "llamafile", "local", "ollama", "vllm"})
"""Providers that are servers of one's own, where a call costs nothing."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one call cost."""

    usd: Decimal
    """US dollars."""
    version: str
    """The price list it was reckoned with, such as ``genai-prices 0.2.3``."""


def price_of(provider: str | None, model: str, usage: Usage, at: datetime) -> Price | None:
    """The price of a call at that time (UTC). None where model or tokens are unknown, never 0 for unknown.

    ``provider`` as OpenTelemetry or OpenInference names it; None looks for the model everywhere. Tokens of the prompt
    count the cached ones too; without them there is no price.
    """
    if provider in LOCAL:
        return Price(Decimal(0), "local")
    if usage.input_tokens is None:
        return None
    import genai_prices

    try:
        found = genai_prices.calc_price(
            genai_prices.Usage(
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens or 0,
                cache_read_tokens=usage.cache_read_tokens or None,
                cache_write_tokens=usage.cache_write_tokens or None,
            ),
            model,
            provider_id=provider,
            genai_request_timestamp=at.replace(tzinfo=UTC),
        )
    except (LookupError, ValueError):  # a model that is not listed; tokens that cannot be, such as fewer than were cached
        return None
    return Price(found.total_price, f"genai-prices {genai_prices.__version__}")
