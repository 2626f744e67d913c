"""What a call of a model costs, from the public price list of genai-prices; no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from agentlab.types import Usage

LOCAL = frozenset({"llama.cpp", "llama_cpp", "lm_studio", "lmstudio", "llamafile", "local", "ollama", "vllm"})
"""Providers that are servers of one's own, where a call costs nothing."""
_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What one call cost."""

    usd: Decimal
    """US dollars."""
    version: str
    """The price list it was reckoned with, such as ``genai-prices 0.2.3``."""


FREE = Price(Decimal(0), "local")
"""Of a call that costs nothing."""


def price_of(
    provider: str | None, model: str, usage: Usage, at: datetime, *, context: Mapping[str, Any] | None = None
) -> Price | None:
    """The price of a call at that time (UTC). None where model or tokens are unknown, never 0 for unknown.

    ``provider`` as OpenTelemetry or OpenInference names it; None looks for the model everywhere. Tokens of the prompt
    count the cached ones too; without them there is no price. ``context`` is what else the price depends on, such as
    ``{"service_tier": "flex"}``.
    """
    if provider in LOCAL:
        return FREE
    if usage.input_tokens is None:
        return None
    tokens = (usage.input_tokens, usage.output_tokens or 0, usage.cache_read_tokens or 0, usage.cache_write_tokens or 0)
    if min(tokens) < 0 or tokens[0] < tokens[2] + tokens[3]:
        return None
    listed = None if usage.details else _listing(provider, model)
    if listed is None or (context and listed.depends_on(context)):
        usd = _exact(provider, model, tokens, at, details=usage.details, context=context)
    else:
        usd = listed.reckoned(tokens)
    return None if usd is None else Price(usd, _version())


Tokens = tuple[int, int, int, int]
"""Of the prompt in all, of the answer, read from the cache, written to the cache."""
Rates = tuple[Decimal, Decimal, Decimal, Decimal]
"""US dollars of one token: fresh in the prompt, of the answer, read from the cache, written to the cache."""


@dataclass(frozen=True, slots=True)
class _Listing:
    """A model that has the same rates always; a prompt that is longer than one of ``starts`` has the next ones."""

    starts: tuple[int, ...] = ()
    rates: tuple[Rates, ...] = ()
    """One more than ``starts``; none where the list does not know the model."""
    variants: tuple[Mapping[str, Any], ...] = ()
    """What must hold for other prices."""

    def depends_on(self, context: Mapping[str, Any]) -> bool:
        return any(all(context.get(key) == value for key, value in when.items()) for when in self.variants)

    def reckoned(self, tokens: Tokens) -> Decimal | None:
        if not self.rates:
            return None
        prompt, answer, read, written = tokens
        rates = self.rates[sum(prompt > start for start in self.starts)]
        return rates[0] * (prompt - read - written) + rates[1] * answer + rates[2] * read + rates[3] * written


@lru_cache(4_096)
def _listing(provider: str | None, model: str) -> _Listing | None:
    """What the list has of a model; None where its prices depend on more than the number of tokens.

    The rates are asked of the list by its own reckoning: what that takes for one call (fifty times as long as the rest of
    receiving it) is taken once.
    """
    import genai_prices
    from genai_prices.types import ModelPrice, TieredPrices

    try:
        listed = genai_prices.calc_price(
            genai_prices.Usage(input_tokens=0, output_tokens=0), model, provider_id=provider
        )
    except (LookupError, ValueError):
        return _Listing()
    prices = listed.model.prices
    if not isinstance(prices, ModelPrice) or listed.total_price or getattr(prices, "requests_kcount", None):
        return None
    told = [price for name, price in vars(prices).items() if not name.startswith("_") and price is not None]
    if not all(isinstance(price, Decimal | TieredPrices) for price in told):
        return None
    starts = sorted({tier.start for price in told if isinstance(price, TieredPrices) for tier in price.tiers})
    rates = [_rates(provider, model, prompt) for prompt in [*starts, (starts[-1] if starts else 0) + _MANY]]
    if None in rates:
        return None
    variants = [variant.when for variant in listed.model.price_variants or ()]
    return _Listing(tuple(starts), tuple(filter(None, rates)), tuple(variants))


def _rates(provider: str | None, model: str, prompt: int) -> Rates | None:
    """The rates for prompts of so many tokens."""
    fresh = _exact(provider, model, (prompt, 0, 0, 0), None)
    answer = _exact(provider, model, (prompt, _MANY, 0, 0), None)
    read = _exact(provider, model, (prompt, 0, prompt, 0), None)
    written = _exact(provider, model, (prompt, 0, 0, prompt), None)
    if fresh is None or answer is None or read is None or written is None:
        return None
    return fresh / prompt, (answer - fresh) / _MANY, read / prompt, written / prompt


def _exact(
    provider: str | None,
    model: str,
    tokens: Tokens,
    at: datetime | None,
    *,
    details: Mapping[str, int] | None = None,
    context: Mapping[str, Any] | None = None,
) -> Decimal | None:
    """As the list itself reckons: for prices that depend on the time or on how many tokens there are."""
    import genai_prices

    prompt, answer, read, written = tokens
    try:
        found = genai_prices.calc_price(
            genai_prices.Usage(
                input_tokens=prompt,
                output_tokens=answer,
                cache_read_tokens=read or None,
                cache_write_tokens=written or None,
                **(details or {}),
            ),
            model,
            provider_id=provider,
            genai_request_timestamp=at and at.replace(tzinfo=UTC),
            price_context=context,
        )
    except (LookupError, ValueError):
        return None
    return found.total_price


@lru_cache(1)
def _version() -> str:
    import genai_prices

    return f"genai-prices {genai_prices.__version__}"
