"""One suite over every place that answers may be cached in."""

from __future__ import annotations

import asyncio
import time

import pytest
from guard_racers import race_in_processes, race_in_threads
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

KEY = "5f" * 32
PLACES = ["memory", "disk", "redis", "cluster"]
SHARED = ["disk", "redis", "cluster"]
ANSWERS = [{"text": "Ja, 3 €", "output": [1, 2.5, None, True]}, "text", 0, False, [], 2**90, "half \ud800 a sign"]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("answer", ANSWERS, ids=[f"answer{n}" for n in range(len(ANSWERS))])
def test_an_answer_comes_back_as_it_was_put(guards_of, answer) -> None:
    guards = guards_of()

    async def put_and_get() -> object:
        assert await guards.cache.get(KEY) is None
        await guards.cache.put(KEY, answer)
        return await guards.cache.get(KEY)

    assert asyncio.run(put_and_get()) == answer


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=JSON)
def test_any_json_comes_back_equal(guards_of, answer) -> None:
    guards = guards_of()

    asyncio.run(guards.cache.put(KEY, answer))

    assert asyncio.run(guards.cache.get(KEY)) == answer


@pytest.mark.parametrize("place", PLACES)
def test_a_later_answer_takes_the_place_of_the_earlier(guards_of) -> None:
    guards = guards_of()

    for answer in ("first", "second"):
        asyncio.run(guards.cache.put(KEY, answer))

    assert asyncio.run(guards.cache.get(KEY)) == "second"


@pytest.mark.parametrize("place", PLACES)
def test_what_is_done_to_an_answer_does_not_reach_the_cache(guards_of) -> None:
    guards = guards_of()
    asyncio.run(guards.cache.put(KEY, {"text": "yes"}))

    asyncio.run(guards.cache.get(KEY))["text"] = "no"

    assert asyncio.run(guards.cache.get(KEY)) == {"text": "yes"}


@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_json_is_refused(guards_of) -> None:
    with pytest.raises(TypeError):
        asyncio.run(guards_of().cache.put(KEY, object()))


@pytest.mark.parametrize("place", PLACES)
def test_an_answer_is_not_given_when_it_is_too_old(guards_of, place, hands) -> None:
    guards = guards_of(hands=hands, model_cache_ttl_s=1 if place in ("redis", "cluster") else 60)
    asyncio.run(guards.cache.put(KEY, "old"))
    hands.at += 59
    assert asyncio.run(guards.cache.get(KEY)) == "old"

    hands.at += 1
    if place in ("redis", "cluster"):  # there the server's own clock counts
        time.sleep(1.05)

    assert asyncio.run(guards.cache.get(KEY)) is None


@pytest.mark.parametrize("place", SHARED)
def test_another_process_is_given_what_one_has_put(guards_of) -> None:
    one, other = guards_of(), guards_of()

    asyncio.run(one.cache.put(KEY, "yes"))

    assert asyncio.run(other.cache.get(KEY)) == "yes"


@pytest.mark.parametrize("place", PLACES)
def test_off_keeps_nothing(guards_of) -> None:
    guards = guards_of(model_cache="off")

    asyncio.run(guards.cache.put(KEY, "yes"))

    assert asyncio.run(guards.cache.get(KEY)) is None


@pytest.mark.parametrize("place", PLACES)
def test_eight_threads_use_it_at_once(guards_of) -> None:
    assert race_in_threads("answers", guards_of()) == [100] * 8


@pytest.mark.parametrize("place", SHARED)
def test_eight_processes_use_it_at_once(place, url, tmp_path) -> None:
    cache = "disk" if place == "disk" else "redis"

    assert race_in_processes("answers", tmp_path, redis_url=url, model_cache=cache) == [100] * 8
