"""The journal port on DBOS: each piece of work is one step there, and its result is in the database before we go on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, TypeVar

from dbos import DBOS, StepReservation
from dbos import error as dbos_errors

from agentlab.errors import AgentlabError
from agentlab.failpoints import reach
from agentlab.runtime.codec import decode, encode
from agentlab.trace import Abandoned
from agentlab.types import Journal

T = TypeVar("T")
PLACES = 20
"""Pieces of work that one branch may do."""


class DurableJournal:
    """Inside a workflow only. Work that fails must say so in its result: an exception would come back as another type."""

    def __init__(self, is_cancelled: Callable[[], bool], places: Iterator[StepReservation] | None = None) -> None:
        self._is_cancelled = is_cancelled
        self._places = places

    async def once(self, name: str, work: Callable[[], Awaitable[T]], *, returns: type[T]) -> T:
        """Do ``work`` unless the database holds its result.

        Raises ``asyncio.CancelledError`` where the run was cancelled meanwhile, ``Abandoned`` where it has another owner.
        """

        async def step() -> Any:
            reach("step.before")
            return encode(await work())

        try:
            found = decode(returns, await self._run(name, step))
            reach("step.after")
            return found
        except dbos_errors.DBOSWorkflowCancelledError as error:
            raise asyncio.CancelledError("the run was cancelled") from error
        except dbos_errors.DBOSWorkflowConflictIDError as error:
            if self._is_cancelled():
                raise asyncio.CancelledError("the run was cancelled") from error
            raise Abandoned("another process has taken the run over") from error

    async def _run(self, name: str, step: Callable[[], Awaitable[Any]]) -> Any:
        if self._places is None:
            return await DBOS.run_step_async({"name": name, "preemptible": True}, step)
        place = next(self._places, None)
        if place is None:
            raise AgentlabError(f"A branch may do {PLACES} pieces of work; '{name}' would be one more.")
        return await place.run_async({"name": name, "preemptible": True}, step)

    def branches(self, names: Iterable[str]) -> dict[str, Journal]:
        """One journal for each name.

        DBOS finds finished work by its number, drawn in the order of the calls. Branches that run side by side would
        draw in another order after a crash and read each other's results, so each gets its numbers beforehand.
        """
        return {
            name: DurableJournal(self._is_cancelled, iter([DBOS.reserve_step() for _ in range(PLACES)]))
            for name in names
        }
