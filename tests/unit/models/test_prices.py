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

NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC).replace(tzinfo=None)
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


@settings(max_examples=200, deadline=None)
@given(
    listed=st.sampled_from([(p.id, m.id) for p in providers for m in p.models if getattr(m, "price_variants", None)]),
    prompt=st.integers(0, 1_000_000),
    tier=st.sampled_from(["flex", "priority", "batch", "default", "standard", "none of them"]),
)
def test_what_a_price_depends_on_besides_is_reckoned_as_the_list_does(listed, prompt, tier) -> None:
    provider, model = listed
    context = {"service_tier": tier, "finish_reason": "stop"}
    try:
        expected = genai_prices.calc_price(
            genai_prices.Usage(input_tokens=prompt, output_tokens=7),
            model,
            provider_id=provider,
            genai_request_timestamp=NOVEMBER.replace(tzinfo=UTC),
            price_context=context,
        ).total_price
    except (LookupError, ValueError):
        expected = None

    found = price_of(provider, model, Usage(input_tokens=prompt, output_tokens=7), NOVEMBER, context=context)

    assert (found and found.usd) == expected


def test_a_flex_answer_costs_half() -> None:
    usage = Usage(input_tokens=1_000, output_tokens=1_000)
    plain, flex = (
        price_of("openai", "gpt-5", usage, NOVEMBER, context={"service_tier": tier}).usd for tier in ("default", "flex")
    )

    assert flex * 2 == plain
