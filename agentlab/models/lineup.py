"""The models that agentlab knows by name, with what the price list does not say of them.

Dates of retirement are those that the providers give; they were read on 25 November 2026. Anthropic's and OpenAI's stand in
their SDKs too (``anthropic._data.deprecated_models``, ``openai.types.shared.chat_model``), and a test compares. Google's are from
https://ai.google.dev/gemini-api/docs/deprecations, for Gemini 1.5 from
https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions. A date that was not found is None. A successor is the
model that the provider names, or the current one of its line where that one has been followed by another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """What is known of one model. None means: not known here."""

    name: str
    """Full name, such as ``anthropic:claude-sonnet-5-5``."""
    title: str
    context_window: int | None = None
    """Tokens of prompt and answer together, at most."""
    max_output: int | None = None
    """Tokens of one answer, at most."""
    images: bool | None = None
    """Whether it takes pictures."""
    thinks: bool | None = None
    """Whether it can think before it answers."""
    retires_on: date | None = None
    """Day from which its provider no longer answers for it."""
    retiring: bool = False
    """Whether it is on its way out, with or without a known day."""
    successor: str = ""
    """Full name of the model to take instead; empty where it is a current one."""
    original_credits_per_1k: Decimal | None = None
    """Credits for 1,000 tokens in agentlab's first description, for the eight models named there."""


def _earlier(
    name: str, title: str, day: date | None, successor: str, *,
    credits: str = "", output: int, thinks: bool, context: int | None = None,
) -> ModelInfo:  # fmt: skip
    return ModelInfo(
        name=name,
        title=title,
        context_window=context,
        max_output=output,
        images=True,
        thinks=thinks,
        retires_on=day,
        retiring=day is not None,
        successor=successor,
        original_credits_per_1k=Decimal(credits) if credits else None,
    )


def _current(name: str, title: str, *, output: int | None = None) -> ModelInfo:
    return ModelInfo(name=name, title=title, max_output=output, images=True, thinks=True)


LINEUP = (
    _current("anthropic:claude-fable-5-2", "Claude Fable 5.2", output=128_000),
    _current("anthropic:claude-opus-5-5", "Claude Opus 5.5", output=128_000),
    _current("anthropic:claude-sonnet-5-5", "Claude Sonnet 5.5", output=128_000),
    _current("anthropic:claude-haiku-5-5", "Claude Haiku 5.5"),
    _current("openai:gpt-6-astra", "GPT-6 Astra", output=128_000),
    _current("openai:gpt-6.1-sol", "GPT-6.1 Sol", output=128_000),
    _current("openai:gpt-6.1-terra", "GPT-6.1 Terra", output=128_000),
    _current("openai:gpt-6-luna", "GPT-6 Luna", output=128_000),
    _current("google:gemini-4-argon", "Gemini 4 Argon"),
    _current("google:gemini-3.8-flash", "Gemini 3.8 Flash"),
    _current("google:gemini-3.5-flash-lite", "Gemini 3.5 Flash-Lite"),
    _earlier(
        "anthropic:claude-opus-4-5", "Claude Opus 4.5", date(2027, 1, 22), "anthropic:claude-opus-5-5",
        credits="15", output=64_000, thinks=True,
    ),
    _earlier(
        "anthropic:claude-sonnet-4-5", "Claude Sonnet 4.5", date(2026, 11, 30), "anthropic:claude-sonnet-5-5",
        credits="3", output=64_000, thinks=True,
    ),
    _earlier(
        "anthropic:claude-haiku-4-5", "Claude Haiku 4.5", None, "anthropic:claude-haiku-5-5",
        credits="1", output=64_000, thinks=True,
    ),
    _earlier(
        "openai:gpt-4-turbo", "GPT-4 Turbo", date(2026, 10, 23), "openai:gpt-6.1-sol",
        credits="10", output=4_096, thinks=False,
    ),
    _earlier(
        "openai:gpt-4o", "GPT-4o", date(2027, 1, 14), "openai:gpt-6-luna",
        credits="5", output=16_384, thinks=False,
    ),
    _earlier(
        "openai:gpt-4o-mini", "GPT-4o mini", date(2027, 1, 14), "openai:gpt-6-luna",
        credits="0.15", output=16_384, thinks=False,
    ),
    _earlier(
        "openai:gpt-5", "GPT-5", date(2026, 12, 11), "openai:gpt-6.1-sol", output=128_000, thinks=True,
    ),
    _earlier(
        "openai:gpt-5-mini", "GPT-5 mini", date(2026, 12, 11), "openai:gpt-6.1-terra", output=128_000, thinks=True,
    ),
    _earlier(
        "google:gemini-1.5-pro", "Gemini 1.5 Pro", date(2025, 9, 24), "google:gemini-3.8-flash",
        credits="1.25", output=8_192, thinks=False,
    ),
    _earlier(
        "google:gemini-2.0-flash", "Gemini 2.0 Flash", date(2026, 6, 1), "google:gemini-3.5-flash-lite",
        credits="0.075", output=8_192, thinks=False,
    ),
    _earlier(
        "google:gemini-2.5-pro", "Gemini 2.5 Pro", date(2026, 12, 1), "google:gemini-3.8-flash",
        output=65_536, thinks=True, context=1_048_576,
    ),
    _earlier(
        "google:gemini-2.5-flash", "Gemini 2.5 Flash", date(2026, 12, 1), "google:gemini-3.5-flash-lite",
        output=65_536, thinks=True,
    ),
)  # fmt: skip
"""Current models first, then those that are on their way out or gone; each provider's by size."""

EARLIER = {"openai:gpt-4o-2024-05-13": date(2026, 10, 23)}
"""Dated versions that retire before the name without a date."""
