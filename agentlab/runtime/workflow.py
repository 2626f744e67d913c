"""The one workflow: a goal. Its body only decides; whatever takes time or costs goes through the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from dbos import DBOS

from agentlab.agent.bench import Bench
from agentlab.agent.loop import run_goal
from agentlab.runtime.codec import decode, encode
from agentlab.runtime.journal import DurableJournal
from agentlab.trace import Abandoned
from agentlab.types import Event, Recorder, RunSpec

WORKFLOW = "run_goal"
BenchMaker = Callable[[RunSpec], Bench]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the workflow needs from the process it runs in."""

    bench_of: BenchMaker
    is_cancelled: Callable[[str], bool]
    is_leaving: Callable[[], bool]
    """True once this process is on its way out and cuts off what it was doing."""


_surroundings: Surroundings | None = None


def use(surroundings: Surroundings) -> None:
    """Say what runs in this process work with. Called before the engine starts."""
    global _surroundings
    _surroundings = surroundings


@DBOS.workflow(name=WORKFLOW)
async def goal(spec_json: dict[str, Any]) -> dict[str, Any]:
    """Run one spec, given and returned as JSON (``RunSpec``, ``RunResult``)."""
    if _surroundings is None:
        raise RuntimeError("use() must be called before the engine starts")
    spec = decode(RunSpec, spec_json)
    bench = _surroundings.bench_of(spec)
    bench = replace(bench, recorder=_UntilLeaving(bench.recorder, _surroundings.is_leaving))
    try:
        result: dict[str, Any] = encode(
            await run_goal(bench, DurableJournal(partial(_surroundings.is_cancelled, spec.run_id)))
        )
    except asyncio.CancelledError as error:
        if _surroundings.is_leaving():
            raise Abandoned("the process is leaving; another one goes on") from error
        raise
    finally:
        await bench.tools.release(spec.run_id)
    return result


class _UntilLeaving:
    """A process that leaves does not record as ended what it only cut off: the run goes on elsewhere."""

    def __init__(self, recorder: Recorder, is_leaving: Callable[[], bool]) -> None:
        self._recorder = recorder
        self._is_leaving = is_leaving

    def record(self, event: Event) -> None:
        if not (event.span.status == "cancelled" and self._is_leaving()):
            self._recorder.record(event)
