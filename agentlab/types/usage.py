"""Credits, money and limits. Credits are integers of micro-credits inside: 1 credit = 1,000,000."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

MICRO = 1_000_000
"""Micro-credits in one credit."""
USD_PER_CREDIT = 0.001
"""Model price that one credit stands for, in US dollars."""


def to_micro(amount: float) -> int:
    """Whole micro-credits of an amount in credits, rounded to the nearest."""
    return round(amount * MICRO)


def to_credits(micro: int) -> float:
    """Credits of an amount in micro-credits."""
    return micro / MICRO


def credits_of(cost_usd: Decimal | None) -> int | None:
    """Micro-credits that stand for a model's price in US dollars; None where that is unknown."""
    return None if cost_usd is None else round(cost_usd * MICRO / Decimal(str(USD_PER_CREDIT)))


def total_usd(costs: Iterable[Decimal | float | None]) -> float | None:
    """The sum in US dollars; None where any part is unknown."""
    known = list(costs)
    return None if None in known else float(sum(Decimal(str(cost)) for cost in known if cost is not None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one model call. None means the model did not say, never zero."""

    input_tokens: int | None = None
    """All tokens of the prompt, cached ones too."""
    output_tokens: int | None = None
    """All tokens of the answer, reasoning too."""
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    details: Mapping[str, int] = field(default_factory=dict)
    """What else the provider counts, under its price list's names: ``cache_write_1h_tokens``, ``input_audio_tokens``, …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a run may use. Nothing here may be passed by a call whose cost is known before it starts."""

    budget: int = 10_000 * MICRO
    """Micro-credits for the whole run."""
    step_budget: int = 1_000 * MICRO
    """Micro-credits for one step."""
    max_steps: int = 50
    """Steps in one plan."""
    max_parallel: int = 8
    """Steps of one run that work at the same time."""
    max_attempts: int = 3
    """Calls of one step, the first one included."""
    result_chars: int = 20_000
    """Characters of one step's result that a model is shown."""
