"""Live events: one reader for all viewers of a run, nothing missed, nothing twice."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from agentlab.api.live import Viewers


class Log:
    """A log of events that a test writes and viewers read."""

    def __init__(self, *phases: str) -> None:
        self.events = [(number, {"phase": phase}) for number, phase in enumerate(phases, 1)]
        self.reads = 0
        self.threads: set[int] = set()

    def add(self, phase: str) -> None:
        self.events.append((len(self.events) + 1, {"phase": phase}))

    def read(self, run_id: str, after: int) -> list[tuple[int, dict[str, Any]]]:
        self.reads += 1
        self.threads.add(threading.get_ident())
        return [event for event in self.events if event[0] > after]


async def numbers(viewers: Viewers, after: int = 0) -> list[int]:
    return [number async for number, _ in viewers.watch("run", after)]


def test_a_viewer_sees_every_event_once_and_ends_after_the_last() -> None:
    log = Log("start", "end", "done")

    assert asyncio.run(numbers(Viewers(log.read))) == [1, 2, 3]


def test_a_viewer_that_comes_back_gets_what_it_missed() -> None:
    log = Log("start", "end", "start", "done")

    assert asyncio.run(numbers(Viewers(log.read), after=2)) == [3, 4]


def test_the_end_is_told_to_a_viewer_that_has_seen_everything() -> None:
    log = Log("start", "done")

    assert asyncio.run(numbers(Viewers(log.read), after=2)) == [2]


def test_viewers_share_one_reader_and_late_ones_miss_nothing() -> None:
    async def watch() -> tuple[list[list[int]], int, int]:
        log = Log("start")
        viewers = Viewers(log.read)
        early = [asyncio.create_task(numbers(viewers)) for _ in range(20)]
        await asyncio.sleep(0.12)
        late = asyncio.create_task(numbers(viewers))
        await asyncio.sleep(0.02)
        tails, reads = viewers.tails, log.reads
        log.add("end")
        log.add("done")
        return await asyncio.gather(*early, late), tails, reads

    seen, tails, reads = asyncio.run(watch())

    assert seen == [[1, 2, 3]] * 21
    assert tails == 1
    assert reads <= 5


def test_reading_never_blocks_the_event_loop() -> None:
    log = Log("start", "done")

    asyncio.run(numbers(Viewers(log.read)))

    assert threading.get_ident() not in log.threads


def test_the_reader_stops_when_the_last_viewer_has_gone() -> None:
    async def leave() -> tuple[int, int]:
        log = Log("start")
        viewers = Viewers(log.read)
        watching = asyncio.create_task(numbers(viewers))
        await asyncio.sleep(0.05)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        reads = log.reads
        await asyncio.sleep(0.15)
        return viewers.tails, log.reads - reads

    tails, more = asyncio.run(leave())

    assert tails == 0
    assert more <= 1


def test_a_failing_reader_fails_its_viewers_instead_of_leaving_them_waiting() -> None:
    def broken(run_id: str, after: int) -> list[tuple[int, dict[str, Any]]]:
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        asyncio.run(asyncio.wait_for(numbers(Viewers(broken)), 2))
