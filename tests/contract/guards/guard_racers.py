"""What many processes, or many threads, do at once to guards that they share."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier
from typing import Any

from agentlab.errors import CircuitOpen, RateLimited
from agentlab.models.guards import Guards, Patience, open_guards
from agentlab.settings import Settings

RACERS = 8
PATIENT = Patience(answer_s=10.0, rest_s=0.3)
"""For tests of anything but waiting: the machine may be busy."""


async def probes(guards: Guards) -> int:
    """How many of five calls the breaker lets through."""
    passed = 0
    for _ in range(5):
        with suppress(CircuitOpen):
            await guards.breakers.admit("m")
            passed += 1
    return passed


async def places(guards: Guards) -> int:
    """How many of twenty calls get a place."""
    taken = 0
    for _ in range(20):
        with suppress(RateLimited):
            await guards.rates.take("ada", "openai", wait_s=0)
            taken += 1
    return taken


async def answers(guards: Guards) -> int:
    """How many of a hundred answers, half of them others' too, come back as one of those that were put."""
    found = 0
    for number in range(100):
        key = f"{number % 50:064x}"
        await guards.cache.put(key, {"n": number % 50, "text": "x" * 2_000})
        found += (await guards.cache.get(key) or {}).get("n") == number % 50
    return found


async def failures(guards: Guards) -> int:
    """Report twenty failures."""
    for _ in range(20):
        await guards.breakers.failed("m")
    return 20


WORK = {work.__name__: work for work in (probes, places, answers, failures)}


def race_in_threads(work: str, guards: Guards) -> list[int]:
    """What each of eight threads, with a loop of its own, says of ``work``."""
    barrier = Barrier(RACERS)

    def racer(_: int) -> int:
        async def run() -> int:
            barrier.wait(30)
            return await WORK[work](guards)

        return asyncio.run(run())

    with ThreadPoolExecutor(RACERS) as threads:
        return list(threads.map(racer, range(RACERS)))


def _racer(work: str, home: Path, chosen: dict[str, Any], barrier: Barrier, say: Callable[[int], None]) -> None:
    async def run() -> int:
        guards = open_guards(Settings(home=home, **chosen), patience=PATIENT)
        await guards.states()  # all is imported and connected before the start
        barrier.wait(60)
        said = await WORK[work](guards)
        await guards.aclose()
        return said

    say(asyncio.run(run()))


def race_in_processes(work: str, home: Path, **chosen: object) -> list[int]:
    """The same of eight processes that open guards of their own by these settings."""
    context = multiprocessing.get_context("spawn")
    barrier, said = context.Barrier(RACERS), context.SimpleQueue()
    racers = [context.Process(target=_racer, args=(work, home, chosen, barrier, said.put)) for _ in range(RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(90)
        assert racer.exitcode == 0
    return [said.get() for _ in racers]
