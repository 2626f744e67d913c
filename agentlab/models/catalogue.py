"""What is known of a model by its name: size, price, retirement; and which model fills which role.

Prices and context sizes are those of the installed price list (genai-prices), read when they are asked for; it is a file of
its package, so nothing goes over the network. What the list lacks stands in ``lineup``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from agentlab.errors import SettingsInvalid
from agentlab.model_settings import ModelSettings
from agentlab.models.lineup import EARLIER, LINEUP, ModelInfo
from agentlab.models.prices import LOCAL

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo as Listed

__all__ = [
    "ROLES",
    "ModelInfo",
    "Rates",
    "Tier",
    "about",
    "credits_per_1k",
    "known",
    "price_per_million",
    "resolve",
    "retirement_warning",
    "roles",
    "title_of",
]

ROLES = ("plan", "reason", "cheap")
"""What a model is asked for: to plan, to answer, and for everything small."""
TITLES = {
    "anthropic": "Anthropic",
    "openai": "OpenAI",
    "openai-chat": "OpenAI, chat completions",
    "openai-responses": "OpenAI, responses",
    "google": "Google",
    "ollama": "Ollama",
    "vllm": "vLLM",
    "llamacpp": "llama.cpp",
}
_SAME = {"openai-chat": "openai", "openai-responses": "openai"}
"""Providers that are another one spoken to in another way."""
_OWN = ("ollama", "vllm", "llamacpp")
_DATED = re.compile(r"-(\d{8}|\d{4}-\d\d-\d\d|00\d|latest)$")
"""The end of a name that says which version of a model is meant."""
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Prices of a call whose prompt is longer than ``above`` tokens; US dollars per million tokens."""

    above: int
    input: Decimal
    output: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """US dollars for a million tokens."""

    input: Decimal
    output: Decimal
    cache_read: Decimal | None = None
    """Of the prompt, where the provider has it in its cache; None where the list has no price for it."""
    cache_write: Decimal | None = None
    tiers: tuple[Tier, ...] = ()
    """What longer prompts cost, the shortest first; empty where length does not matter."""
    price_version: str
    """The list they are from, such as ``genai-prices 0.2.3``; ``local`` for a server of one's own."""


def known() -> tuple[ModelInfo, ...]:
    """The models that are known by name, current ones first."""
    return tuple(_sized(info) for info in LINEUP)


def about(name: str) -> ModelInfo | None:
    """What is known of ``provider:name``, also of a dated version, or of one that only the price list has.

    None where nobody knows it: a model of a server of one's own, or a name that was mistyped.
    """
    provider, _, model = _canonical(name).partition(":")
    full, listed = f"{provider}:{model}", _listed(provider, model)
    lineup = {info.name: info for info in LINEUP}
    found = lineup.get(full) or lineup.get(_DATED.sub("", full))
    if found:
        day = EARLIER.get(full, found.retires_on)
        return _sized(replace(found, name=name.strip(), retires_on=day))
    if listed is None:
        return None
    return ModelInfo(
        name=name.strip(),
        title=listed.name or listed.id,
        context_window=listed.context_window,
        retiring=bool(listed.deprecated),
    )


def price_per_million(name: str, settings: ModelSettings | None = None) -> Rates | None:
    """What a model costs today; zeros for a server of one's own, None where the list does not know it.

    ``settings`` name further servers and say whether they are free.
    """
    provider, _, model = _canonical(name).partition(":")
    server = settings.model_servers.get(provider) if settings else None
    if provider in LOCAL or provider in _OWN or (server and server.free):
        return Rates(input=_ZERO, output=_ZERO, cache_read=_ZERO, cache_write=_ZERO, price_version="local")
    listed = _listed(None if server else provider, model)
    if listed is None:
        return None
    prices = listed.get_prices(datetime.now(UTC))
    first, output = _base(prices.input_mtok), _base(prices.output_mtok)
    if first is None or output is None:
        return None
    return Rates(
        input=first,
        output=output,
        cache_read=_base(prices.cache_read_mtok),
        cache_write=_base(prices.cache_write_mtok),
        tiers=_tiers(prices.input_mtok, prices.output_mtok),
        price_version=_version(),
    )


def credits_per_1k(name: str, settings: ModelSettings | None = None) -> tuple[Decimal, Decimal] | None:
    """Credits for 1,000 tokens of prompt and of answer; None where the price is not known.

    One credit is 0.001 US dollars of model price, so the figure is that of US dollars per million tokens.
    """
    rates = price_per_million(name, settings)
    return (rates.input, rates.output) if rates else None


class ModelRetiring(UserWarning):
    """A model that is asked is retired, or will be; said when it is first asked."""


def retirement_warning(name: str, today: date) -> str:
    """One sentence where the model is on its way out or gone, with the day and what to take instead; else empty."""
    info = about(name)
    if info is None or not info.retiring:
        return ""
    whose = title_of(_canonical(name).partition(":")[0])
    instead = f" Take {info.successor} instead." if info.successor else ""
    if info.retires_on is None:
        return f"{info.name} is being retired by {whose}; the day is not known here.{instead}"
    day = f"{info.retires_on.day} {info.retires_on:%B %Y}"
    if today < info.retires_on:
        left = (info.retires_on - today).days
        return f"{info.name} will be retired by {whose} on {day}, in {left} day{'' if left == 1 else 's'}.{instead}"
    return f"{info.name} was retired by {whose} on {day} and may not answer any more.{instead}"


def roles(settings: ModelSettings) -> dict[str, str]:
    """The model of each role, as the settings name it."""
    return {role: getattr(settings, f"{role}_model") for role in ROLES}


def resolve(name: str, settings: ModelSettings) -> str:
    """The model that is meant: that of the role where ``name`` is one, else ``name`` itself.

    A role may name another one. Raises ``SettingsInvalid`` where they only name each other.
    """
    meant, filled = name.strip(), roles(settings)
    for _ in ROLES:
        if meant not in filled:
            return meant
        meant = filled[meant].strip()
    if meant in filled:
        raise SettingsInvalid(
            f"The role '{name.strip()}' leads to no model: the roles name each other.",
            hint=f"Set AGENTLAB_{meant.upper()}_MODEL to a model, for example anthropic:claude-sonnet-5-5.",
        )
    return meant


def title_of(provider: str) -> str:
    """What a provider or server is called."""
    return TITLES.get(provider, provider)


def _canonical(name: str) -> str:
    """The name with the provider that the price list knows."""
    provider, colon, model = name.strip().partition(":")
    provider = provider.lower()
    return f"{_SAME.get(provider, provider)}{colon}{model}"


def _sized(info: ModelInfo) -> ModelInfo:
    listed = _listed(*_canonical(info.name).split(":", 1))
    return replace(info, context_window=listed.context_window) if listed and listed.context_window else info


@lru_cache(1_024)
def _listed(provider: str | None, model: str) -> Listed | None:
    from genai_prices.data_snapshot import get_snapshot

    try:
        return get_snapshot().find_provider_model(model, None, provider, None)[1] if model else None
    except LookupError:
        return None


def _base(price: Any) -> Decimal | None:
    """The price of a short prompt."""
    base: Decimal | None = getattr(price, "base", price)
    return base


def _beyond(price: Any, tokens: int) -> Decimal:
    """The price of a prompt that is longer than so many tokens."""
    steps = [tier.price for tier in getattr(price, "tiers", ()) if tier.start <= tokens]
    return Decimal(steps[-1] if steps else _base(price) or 0)


def _tiers(first: Any, output: Any) -> tuple[Tier, ...]:
    starts = sorted({tier.start for price in (first, output) for tier in getattr(price, "tiers", ())})
    return tuple(Tier(above=start, input=_beyond(first, start), output=_beyond(output, start)) for start in starts)


def _version() -> str:
    from importlib.metadata import version

    return f"genai-prices {version('genai-prices')}"
