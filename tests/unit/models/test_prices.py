"""Prices of calls, against the price list itself."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import genai_prices
import pytest
from genai_prices.data import providers
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlab.models.prices import price_of
from agentlab.types import Usage

MARCH = datetime(2026, 3, 1, 12, tzinfo=UTC).replace(tzinfo=None)
LISTED = [(provider.id, model.id) for provider in providers for model in provider.models]


def usd(provider: str | None, model: str, at: datetime = MARCH, **tokens: int) -> Decimal | None:
    found = price_of(provider, model, Usage(**tokens), at)
    return found and found.usd


def test_cached_tokens_cost_what_the_list_says_of_them() -> None:
    cost = usd(
        "openai", "gpt-4o-mini", input_tokens=1200, output_tokens=300, cache_read_tokens=1000, reasoning_tokens=200
    )

    assert cost == Decimal("0.000285")
    assert price_of("openai", "gpt-4o-mini", Usage(input_tokens=1), MARCH).version.startswith("genai-prices ")


@settings(max_examples=300, deadline=None)
@given(
    listed=st.sampled_from(LISTED),
    prompt=st.integers(0, 2_000_000),
    answer=st.integers(0, 100_000),
    cached=st.tuples(st.floats(0, 0.5), st.floats(0, 0.5)),
    at=st.datetimes(datetime(2023, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001
)
def test_every_listed_model_costs_what_the_list_reckons(listed, prompt, answer, cached, at) -> None:
    read, written = (int(share * prompt) for share in cached)
    provider, model = listed
    usage = genai_prices.Usage(
        input_tokens=prompt, output_tokens=answer, cache_read_tokens=read or None, cache_write_tokens=written or None
    )
    try:
        expected = genai_prices.calc_price(
            usage, model, provider_id=provider, genai_request_timestamp=at.replace(tzinfo=UTC)
        ).total_price
    except (LookupError, ValueError):  # an id that the list's own pattern does not fit
        expected = None

    found = usd(
        provider,
        model,
        at,
        input_tokens=prompt,
        output_tokens=answer,
        cache_read_tokens=read,
        cache_write_tokens=written,
    )

    assert found == (expected if expected is None else pytest.approx(expected, rel=Decimal("1e-20")))


@pytest.mark.parametrize(
    ("provider", "model", "tokens"),
    [
        ("openai", "no-such-model", {"input_tokens": 10}),
        ("no-such-provider", "gpt-4o", {"input_tokens": 10}),
        (None, "", {"input_tokens": 10}),
        ("openai", "gpt-4o", {}),
        ("openai", "gpt-4o", {"input_tokens": -1}),
        ("openai", "gpt-4o", {"input_tokens": 10, "cache_read_tokens": 11}),
    ],
)
def test_what_is_unknown_has_no_price_and_not_the_price_0(provider, model, tokens) -> None:
    assert usd(provider, model, **tokens) is None


def test_a_server_of_ones_own_charges_nothing() -> None:
    assert usd("ollama", "llama3", input_tokens=10) == 0


@pytest.mark.parametrize("provider", ["gcp.gemini", "gcp.vertex_ai", "vertexai", "google"])
def test_providers_are_known_by_the_names_that_opentelemetry_and_openinference_have_for_them(provider) -> None:
    cost = usd(provider, "gemini-2.5-pro", input_tokens=1_000)

    assert cost is not None
    assert cost == usd(None, "gemini-2.5-pro", input_tokens=1_000)
