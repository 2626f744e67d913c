"""One suite over every place that calls may be counted in."""

from __future__ import annotations

import asyncio

import pytest
from guard_racers import race_in_processes, race_in_threads
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentlab.errors import RateLimited

PLACES = ["memory", "redis", "cluster"]
SHARED = ["redis", "cluster"]
TICK = 0.001
"""Redis counts whole milliseconds and rounds to the safe side."""


def take(guards, user="ada", provider="openai", wait_s=0.0) -> float:
    return asyncio.run(guards.rates.take(user, provider, wait_s=wait_s))


def free(guards, *whose: str) -> bool:
    try:
        take(guards, *whose)
    except RateLimited:
        return False
    return True


@pytest.mark.parametrize("place", PLACES)
def test_a_minute_holds_as_many_calls_as_the_limit(guards_of, hands) -> None:
    guards = guards_of(hands=hands, model_rate_per_minute=3)

    for _ in range(3):
        assert take(guards) == 0
        hands.at += 10
    hands.at += 30 - 2 * TICK
    assert not free(guards)

    hands.at += 4 * TICK
    assert free(guards)
    assert not free(guards)


@pytest.mark.parametrize("place", PLACES)
def test_each_user_has_a_limit_for_each_provider(guards_of) -> None:
    guards = guards_of(model_rate_per_minute=1)

    assert free(guards, "ada", "openai")
    assert not free(guards, "ada", "openai")
    assert free(guards, "ada", "anthropic")
    assert free(guards, "b}o{b\n", "openai")
    found = [(it.user, it.provider, it.limit, it.used, it.left) for it in asyncio.run(guards.states()).rates]
    assert found == [
        ("ada", "anthropic", 1, 1, 0),
        ("ada", "openai", 1, 1, 0),
        ("b}o{b\n", "openai", 1, 1, 0),
    ]


@pytest.mark.parametrize("place", PLACES)
def test_states_forget_what_is_over_a_minute_old(guards_of, hands) -> None:
    guards = guards_of(hands=hands, model_rate_per_minute=9)
    take(guards)
    hands.at += 40
    take(guards)
    assert [(it.used, it.left) for it in asyncio.run(guards.states()).rates] == [(2, 7)]

    hands.at += 21
    assert [(it.used, it.left) for it in asyncio.run(guards.states()).rates] == [(1, 8)]

    hands.at += 40
    assert asyncio.run(guards.states()).rates == []


@pytest.mark.parametrize("place", PLACES)
def test_a_call_waits_for_a_place_when_it_may(guards_of, hands) -> None:
    guards = guards_of(hands=hands, model_rate_per_minute=1)
    take(guards)
    hands.at += 50

    waited = take(guards, wait_s=11)

    assert waited == pytest.approx(10, abs=3 * TICK)
    assert sum(hands.slept) == pytest.approx(waited)


@pytest.mark.parametrize("place", PLACES)
def test_a_call_that_would_wait_too_long_is_told_at_once_why_and_until_when(guards_of, hands) -> None:
    guards = guards_of(hands=hands, model_rate_per_minute=1)
    take(guards)
    hands.at += 50

    with pytest.raises(RateLimited) as refused:
        take(guards, wait_s=9)

    assert hands.slept == []
    assert refused.value.retry_after_s == pytest.approx(10, abs=3 * TICK)
    assert refused.value.message == (
        "ada has asked openai 1 times within a minute, which is the limit of this lab; the provider has refused nothing."
    )
    assert refused.value.hint == "Ask again in 10.0 s, or raise AGENTLAB_MODEL_RATE_PER_MINUTE (0 for no limit)."


@pytest.mark.parametrize("place", PLACES)
def test_no_limit_is_no_limit(guards_of) -> None:
    guards = guards_of(model_rate_per_minute=0)

    assert all(free(guards) for _ in range(50))
    assert asyncio.run(guards.states()).rates == []


@pytest.mark.parametrize("place", SHARED)
def test_all_processes_draw_on_one_limit(guards_of) -> None:
    generous, strict = guards_of(model_rate_per_minute=5), guards_of(model_rate_per_minute=2)

    assert [free(generous) for _ in range(4)] == [True] * 4
    assert not free(strict)
    assert free(generous)
    assert not free(generous)
    assert [(it.used, it.left) for it in asyncio.run(strict.states()).rates] == [(5, 0)]


@pytest.mark.parametrize("place", SHARED)
def test_who_has_a_lower_limit_than_others_waits_until_enough_of_their_calls_are_old(guards_of, hands) -> None:
    generous, strict = guards_of(hands=hands, model_rate_per_minute=5), guards_of(hands=hands, model_rate_per_minute=2)
    for _ in range(5):
        take(generous)
        hands.at += 10

    with pytest.raises(RateLimited) as refused:
        take(strict)

    assert refused.value.retry_after_s == pytest.approx(40, abs=3 * TICK)  # the fourth was 20 s ago


@pytest.mark.parametrize("place", PLACES)
def test_eight_threads_get_no_more_than_the_limit_and_no_less(guards_of) -> None:
    assert sum(race_in_threads("places", guards_of(model_rate_per_minute=50))) == 50


@pytest.mark.parametrize("place", SHARED)
def test_eight_processes_get_no_more_than_the_limit_and_no_less(place, url, tmp_path) -> None:
    assert sum(race_in_processes("places", tmp_path, redis_url=url, model_rate_per_minute=50)) == 50


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limit=st.integers(1, 4),
    steps=st.lists(st.just("take") | st.sampled_from([1, 19, 20, 29, 30, 39, 40, 58, 59]), max_size=30),
    number=st.integers(0, 2**60),
)
def test_no_sixty_seconds_hold_more_than_the_limit_and_no_place_is_kept_back(
    guards_of, hands, limit, steps, number
) -> None:
    guards = guards_of(hands=hands, model_rate_per_minute=limit)
    hands.at += 1_000  # the name may have come up before
    taken: list[float] = []

    async def play() -> None:
        for step in steps:
            if isinstance(step, int):
                hands.at += step + 2 * TICK  # beyond the rounding
                continue
            used = sum(1 for at in taken if at > hands.at - 60)
            try:
                await guards.rates.take(f"u{number}", "p", wait_s=0)
                taken.append(hands.at)
                assert used < limit
            except RateLimited:
                assert used >= limit

    asyncio.run(play())
