"""Run the steps of a plan as a graph: each one as soon as what it waits for has succeeded."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Collection

from agentlab.agent.graph import cannot_start, dependencies, may_start
from agentlab.trace import Abandoned, Parked
from agentlab.types import Plan, Step

LOOK_S = 0.2
"""Seconds between two looks of a step that waits for a person."""


class Room:
    """Where the steps of a run work: so many at once, and none of them while it rests."""

    def __init__(self, at_once: int) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._resting = 0
        self.unfinished: Collection[object] = ()
        """The steps that have been begun and have not ended."""
        self.goes_on = False
        """True once the run leaves this process in the middle: what is cut off here ends later, or elsewhere."""

    async def __aenter__(self) -> None:
        await self._places.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._places.release()

    async def rest_until(self, ready: Callable[[], Awaitable[bool]]) -> None:
        """Give the place to others until ``ready``. Raises ``Parked`` once all steps that have begun rest.

        Not for work that is half done: what is parked begins its step anew when it comes back.
        """
        if await ready():
            return
        self._places.release()
        self._resting += 1
        try:
            while not await ready():
                if self._resting >= len(self.unfinished):
                    raise Parked
                await asyncio.sleep(LOOK_S)
        finally:
            self._resting -= 1
            await self._places.acquire()


async def run_graph(
    plan: Plan, act: Callable[[Step], Awaitable[bool]], room: Room, *, succeeded: Collection[str] = ()
) -> None:
    """Call ``act`` for the steps of ``plan`` but those that have ``succeeded`` before, side by side in ``room``.

    ``act`` says whether the step succeeded; what waits for one that did not is never started. If this is cancelled, or
    ``act`` raises, the steps under way are cancelled and waited for first.
    """
    order = _Order(plan, succeeded)
    working: dict[asyncio.Task[bool], str] = {}
    room.unfinished = working

    async def act_with_room(step: Step) -> bool:
        async with room:
            return await act(step)

    try:
        while True:
            for step in order.ready():
                working[asyncio.create_task(act_with_room(step))] = step.id
            if not working:
                return
            done, _ = await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
            for task in [task for task in working if task in done]:
                order.ended(working[task], succeeded=task.result())
                del working[task]
    except Abandoned:
        room.goes_on = True
        raise
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)


class _Order:
    """Which steps may start, as others end."""

    def __init__(self, plan: Plan, succeeded: Collection[str]) -> None:
        self._succeeded = set(succeeded)
        self._lost: set[str] = set()
        self._pending = {step.id: step for step in plan.steps if step.id not in self._succeeded}
        self._look_at = dict(self._pending)
        """Those whose turn may have come since ``ready`` was last asked."""
        self._waiting_for: dict[str, list[Step]] = defaultdict(list)
        for step in self._pending.values():
            for name in dependencies(step):
                self._waiting_for[name].append(step)

    def ready(self) -> list[Step]:
        """The steps that may start now, in the order of the plan; each is told once."""
        found = [step for step in self._look_at.values() if may_start(step, self._succeeded)]
        self._look_at = {}
        for step in found:
            del self._pending[step.id]
        return found

    def ended(self, name: str, *, succeeded: bool) -> None:
        """A step has ended."""
        if succeeded:
            self._succeeded.add(name)
            followers = [step for step in self._waiting_for[name] if step.id in self._pending]
            self._look_at |= {step.id: step for step in followers}
        else:
            self._lose(name)

    def _lose(self, name: str) -> None:
        lost = deque([name])
        while lost:
            gone = lost.popleft()
            self._lost.add(gone)
            for step in self._waiting_for[gone]:
                if step.id in self._pending and cannot_start(step, self._lost):
                    del self._pending[step.id]
                    lost.append(step.id)
