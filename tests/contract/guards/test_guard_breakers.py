"""One suite over every place that breakers may be kept in."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from guard_racers import race_in_processes, race_in_threads
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentlab.errors import CircuitOpen
from agentlab.trace import utc_now

PLACES = ["memory", "redis", "cluster"]
SHARED = ["redis", "cluster"]
COOLDOWN_S = 60


def state(guards, name="m"):
    return {it.name: it for it in asyncio.run(guards.states()).breakers}.get(name)


def passes(guards, name="m") -> bool:
    try:
        asyncio.run(guards.breakers.admit(name))
    except CircuitOpen:
        return False
    return True


def fail(guards, times=1, name="m") -> None:
    for _ in range(times):
        asyncio.run(guards.breakers.failed(name))


def succeed(guards, name="m") -> None:
    asyncio.run(guards.breakers.succeeded(name))


@pytest.mark.parametrize("place", PLACES)
def test_it_opens_at_the_threshold_and_closes_when_a_probe_succeeds(guards_of, hands) -> None:
    guards = guards_of(hands=hands, breaker_threshold=3, breaker_cooldown_s=COOLDOWN_S)

    fail(guards, 2)
    assert passes(guards)
    assert (state(guards).state, state(guards).failures) == ("closed", 2)

    fail(guards)
    assert not passes(guards)
    assert (state(guards).state, state(guards).failures) == ("open", 3)
    assert abs(state(guards).opened_at - utc_now()) < timedelta(seconds=10)

    hands.at += COOLDOWN_S
    assert state(guards).state == "half-open"
    assert passes(guards)

    succeed(guards)
    assert state(guards) is None
    assert passes(guards)


@pytest.mark.parametrize("place", PLACES)
def test_a_probe_that_fails_opens_it_for_another_cooldown(guards_of, hands) -> None:
    guards = guards_of(hands=hands, breaker_threshold=1, breaker_cooldown_s=COOLDOWN_S)
    fail(guards)
    hands.at += COOLDOWN_S
    assert passes(guards)

    fail(guards)

    assert (state(guards).state, state(guards).retry_after_s) == ("open", COOLDOWN_S)
    hands.at += COOLDOWN_S - 1
    assert not passes(guards)
    hands.at += 1
    assert passes(guards)


@pytest.mark.parametrize("place", PLACES)
def test_a_success_in_between_begins_the_count_anew(guards_of) -> None:
    guards = guards_of(breaker_threshold=3)

    for report in (fail, fail, succeed, fail, fail):
        report(guards)

    assert passes(guards)


@pytest.mark.parametrize("place", PLACES)
def test_one_probe_at_a_time_and_its_place_is_free_again_when_it_never_reports(guards_of, hands) -> None:
    guards = guards_of(hands=hands, breaker_threshold=1, breaker_cooldown_s=COOLDOWN_S)
    fail(guards)
    hands.at += COOLDOWN_S

    assert passes(guards)
    assert not passes(guards)
    hands.at += COOLDOWN_S - 1
    assert not passes(guards)
    hands.at += 1
    assert passes(guards)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("report", [succeed, fail])
def test_calls_that_began_before_it_opened_change_nothing_while_it_is_open(guards_of, hands, report) -> None:
    guards = guards_of(hands=hands, breaker_threshold=1, breaker_cooldown_s=COOLDOWN_S)
    fail(guards)
    hands.at += COOLDOWN_S - 1

    report(guards)

    assert (state(guards).state, state(guards).failures, state(guards).retry_after_s) == ("open", 1, 1)


@pytest.mark.parametrize("place", PLACES)
def test_a_failure_that_comes_late_opens_nothing_again_without_a_probe(guards_of, hands) -> None:
    guards = guards_of(hands=hands, breaker_threshold=1, breaker_cooldown_s=COOLDOWN_S)
    fail(guards)
    hands.at += COOLDOWN_S

    fail(guards)

    assert passes(guards)


@pytest.mark.parametrize("place", PLACES)
def test_each_name_has_its_own(guards_of) -> None:
    guards = guards_of(breaker_threshold=1)

    fail(guards, name="openai:a {b} \n é")

    assert not passes(guards, "openai:a {b} \n é")
    assert passes(guards, "openai:a")
    assert [it.name for it in asyncio.run(guards.states()).breakers] == ["openai:a {b} \n é"]


@pytest.mark.parametrize("place", PLACES)
def test_the_error_says_what_happened_when_to_ask_again_and_which_settings_rule(guards_of, hands) -> None:
    guards = guards_of(hands=hands, breaker_threshold=2, breaker_cooldown_s=COOLDOWN_S)
    fail(guards, 2)
    hands.at += 20

    with pytest.raises(CircuitOpen) as refused:
        asyncio.run(guards.breakers.admit("m"))

    assert refused.value.retry_after_s == 40
    assert refused.value.message == "m failed 2 times in a row; it is left alone for a while."
    assert "Ask again in 40.0 s" in refused.value.hint
    assert "AGENTLAB_BREAKER_COOLDOWN_S" in refused.value.hint

    hands.at += 40
    assert passes(guards)
    with pytest.raises(CircuitOpen, match="another call is just trying") as refused:
        asyncio.run(guards.breakers.admit("m"))
    assert refused.value.retry_after_s == 1


@pytest.mark.parametrize("place", SHARED)
def test_one_process_opens_it_for_all(guards_of) -> None:
    one, other = guards_of(breaker_threshold=2), guards_of(breaker_threshold=2)

    fail(one)
    fail(other)

    assert not passes(one)
    assert not passes(other)


@pytest.mark.parametrize("place", PLACES)
def test_of_eight_threads_one_is_the_probe(guards_of, hands) -> None:
    guards = guards_of(hands=hands, breaker_threshold=1, breaker_cooldown_s=COOLDOWN_S)
    fail(guards)
    assert sum(race_in_threads("probes", guards)) == 0

    hands.at += COOLDOWN_S

    assert sorted(race_in_threads("probes", guards)) == [0] * 7 + [1]


@pytest.mark.parametrize("place", SHARED)
def test_of_eight_processes_one_is_the_probe(guards_of, url, hands, tmp_path) -> None:
    hands.at = 1_000_000.0  # opened long ago, by the clock of the server that the processes go by
    fail(guards_of(hands=hands, breaker_threshold=1))

    assert sorted(race_in_processes("probes", tmp_path, redis_url=url)) == [0] * 7 + [1]


@pytest.mark.parametrize("place", PLACES)
def test_no_failure_of_eight_threads_is_lost(guards_of) -> None:
    guards = guards_of(breaker_threshold=1_000)

    race_in_threads("failures", guards)

    assert state(guards).failures == 160


@pytest.mark.parametrize("place", SHARED)
def test_no_failure_of_eight_processes_is_lost(guards_of, url, tmp_path) -> None:
    race_in_processes("failures", tmp_path, redis_url=url, breaker_threshold=1_000)

    assert state(guards_of(breaker_threshold=1_000)).failures == 160


class Told:
    """The breaker as docs tell it, in as few words as they do."""

    def __init__(self, threshold: int) -> None:
        self.threshold = threshold
        self.failures = 0
        self.open_until = self.probe_until = None

    def do(self, what: str, now: float) -> bool:
        """Whether a call passes; always True for the other two."""
        resting = self.open_until is not None and now < self.open_until
        probing = self.probe_until is not None
        if what == "admit":
            if resting or (probing and now < self.probe_until):
                return False
            if self.open_until is not None:
                self.probe_until = now + COOLDOWN_S
        elif what == "succeeded" and not resting:
            self.__init__(self.threshold)
        elif what == "failed" and (self.open_until is None or probing):
            self.failures += 1
            if self.failures >= self.threshold:
                self.open_until, self.probe_until = now + COOLDOWN_S, None
        return True


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    threshold=st.integers(1, 3),
    steps=st.lists(
        st.sampled_from(["admit", "admit", "succeeded", "failed", "failed"]) | st.sampled_from([1, 30, 59, 60, 61]),
        max_size=25,
    ),
    number=st.integers(0, 2**60),
)
def test_any_sequence_of_reports_leads_where_the_docs_say(guards_of, hands, threshold, steps, number) -> None:
    guards = guards_of(hands=hands, breaker_threshold=threshold, breaker_cooldown_s=COOLDOWN_S)
    told, name = Told(threshold), f"m{number}"
    asyncio.run(guards.breakers.succeeded(name))  # the name may have come up before
    hands.at += 1_000
    asyncio.run(guards.breakers.succeeded(name))

    async def play() -> None:
        for step in steps:
            if isinstance(step, int):
                hands.at += step
                continue
            passed = False
            with suppress(CircuitOpen):
                await getattr(guards.breakers, step)(name)
                passed = True
            assert passed == told.do(step, hands.at), (step, steps)

    asyncio.run(play())
    found = state(guards, name)
    assert (found.failures if found else 0) == told.failures
