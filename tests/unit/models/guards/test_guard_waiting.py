"""Threads that wait for the loop, and outages that end only when they do."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time

import pytest

from agentlab.models.guards.waiting import Lane, Outage


@pytest.fixture
def lane():
    it = Lane()
    yield it
    it.close()


def test_work_returns_what_it_returns_and_raises_what_it_raises(lane) -> None:
    assert asyncio.run(lane.run(lambda: 3)) == 3
    with pytest.raises(ZeroDivisionError):
        asyncio.run(lane.run(lambda: 1 // 0, within_s=5))


def test_work_that_takes_too_long_is_left_alone(lane) -> None:
    release = threading.Event()

    async def wait() -> float:
        began = time.monotonic()
        with pytest.raises(TimeoutError, match=r"no answer within 0.05 s"):
            await lane.run(lambda: release.wait(10), within_s=0.05)
        return time.monotonic() - began

    assert asyncio.run(wait()) < 5
    release.set()


def test_an_answer_that_came_while_the_loop_was_held_up_counts(lane) -> None:
    async def held_up() -> int:
        answer = asyncio.create_task(lane.run(lambda: 3, within_s=0.05))
        await asyncio.sleep(0)
        time.sleep(0.2)  # noqa: ASYNC251 - this is what holds the loop up
        return await answer

    assert asyncio.run(held_up()) == 3


def test_work_of_a_call_that_was_cancelled_may_fail_without_a_word(lane, caplog) -> None:
    release = threading.Event()

    def fail() -> None:
        release.wait(10)
        raise ValueError("too late")

    async def cancel() -> None:
        call = asyncio.create_task(lane.run(fail))
        await asyncio.sleep(0.05)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        release.set()
        await lane.run(lambda: time.sleep(0.05))

    asyncio.run(cancel())
    gc.collect()
    assert caplog.text == ""


def test_a_lane_that_was_closed_opens_again(lane) -> None:
    asyncio.run(lane.run(lambda: 1))
    lane.close()

    assert asyncio.run(lane.run(lambda: 2)) == 2


def test_one_call_in_a_rest_tries_and_the_others_do_not(caplog) -> None:
    caplog.set_level(logging.INFO)
    outage = Outage("The thing", "Nothing is kept.", rest_s=0.2)
    first = outage.may_try()
    outage.began(first, "it broke")
    assert outage.may_try() is None
    time.sleep(0.21)

    tries = [outage.may_try() for _ in range(5)]

    assert [it is not None for it in tries] == [True, False, False, False, False]
    assert (outage.over, outage.error) == (False, "it broke")
    outage.ended(tries[0])
    assert outage.over
    assert [it.getMessage() for it in caplog.records] == [
        "The thing cannot be used (it broke). Nothing is kept.",
        "The thing can be used again.",
    ]


def test_what_was_under_way_when_it_broke_does_not_end_the_outage() -> None:
    outage = Outage("The thing", "", rest_s=5)
    one, other, third = outage.may_try(), outage.may_try(), outage.may_try()
    outage.began(one, "it broke")

    outage.ended(other)
    assert not outage.over

    outage.began(third, "it broke as well")
    assert outage.error == "it broke"


def test_what_was_under_way_when_it_ended_does_not_begin_it_again() -> None:
    outage = Outage("The thing", "", rest_s=0.0)
    before, late = outage.may_try(), outage.may_try()
    outage.began(before, "it broke")
    outage.ended(outage.may_try())

    outage.began(late, "it broke as well")

    assert outage.over
