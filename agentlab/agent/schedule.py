"""Run the steps of a plan as a graph: each one as soon as those it waits for have succeeded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from graphlib import TopologicalSorter

from agentlab.agent.graph import dependencies
from agentlab.types import Plan, Step


async def run_graph(plan: Plan, act: Callable[[Step], Awaitable[bool]], *, at_once: int) -> None:
    """Call ``act`` for the steps of ``plan``, at most ``at_once`` of them side by side.

    ``act`` says whether the step succeeded; what waits for a step that did not is never started. If this is
    cancelled, or ``act`` raises, the steps under way are cancelled and waited for first.
    """
    by_id = {step.id: step for step in plan.steps}
    order = TopologicalSorter({step.id: dependencies(step) for step in plan.steps})
    order.prepare()
    room = asyncio.Semaphore(at_once)
    working: dict[asyncio.Task[bool], str] = {}

    async def act_with_room(step: Step) -> bool:
        async with room:
            return await act(step)

    try:
        while order.is_active():
            for name in sorted(order.get_ready(), key=list(by_id).index):
                working[asyncio.create_task(act_with_room(by_id[name]))] = name
            if not working:
                return
            done, _ = await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                name = working.pop(task)
                if task.result():
                    order.done(name)
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
