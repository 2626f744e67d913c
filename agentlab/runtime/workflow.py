"""The two workflows: a goal, and taking back what a run did. Their bodies only decide; whatever takes time or costs goes
through the journal.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from dbos import DBOS

from agentlab.agent.bench import Bench
from agentlab.agent.loop import run_goal
from agentlab.agent.rollback import roll_back
from agentlab.runtime.codec import decode, encode
from agentlab.runtime.journal import DurableJournal
from agentlab.trace import Abandoned, Parked
from agentlab.types import Event, Recorder, RunResult, RunSpec, span_id_of

WORKFLOW = "run_goal"
UNDO = "undo_run"


class Surroundings(Protocol):
    """What the workflows need from the process they run in. Methods that look into the database may block."""

    def bench_of(self, spec: RunSpec) -> Bench: ...

    def is_cancelled(self, run_id: str) -> bool: ...

    @property
    def is_leaving(self) -> bool:
        """True once this process is on its way out and cuts off what it was doing."""
        ...

    def begun(self, spec: RunSpec) -> None:
        """The run works, for the first time or again."""
        ...

    def park(self, spec: RunSpec, bench: Bench) -> None:
        """Let go of the run until somebody says something."""
        ...

    def ended(self, spec: RunSpec, bench: Bench, result: RunResult) -> None:
        """The run has ended so. Called before the database knows it, and again where this process dies in between."""
        ...

    def cancelled(self, spec: RunSpec) -> None:
        """The run was cancelled while it worked here."""
        ...

    def let_go(self, run_id: str) -> None:
        """Wait until no process works on the run, which was cancelled; a few seconds at most."""
        ...

    def spec(self, run_id: str) -> RunSpec: ...


_surroundings: Surroundings | None = None


def use(surroundings: Surroundings) -> None:
    """Say what runs in this process work with. Called before the engine starts."""
    global _surroundings
    _surroundings = surroundings


def _here() -> Surroundings:
    if _surroundings is None:
        raise RuntimeError("use() must be called before the engine starts")
    return _surroundings


@DBOS.workflow(name=WORKFLOW)
async def goal(spec_json: dict[str, Any]) -> dict[str, Any]:
    """Run one spec, given and returned as JSON (``RunSpec``, ``RunResult``)."""
    here, spec = _here(), decode(RunSpec, spec_json)
    bench = await asyncio.to_thread(here.bench_of, spec)
    bench = replace(bench, recorder=_UntilLeaving(bench.recorder, here))
    await asyncio.to_thread(here.begun, spec)
    try:
        result = await run_goal(bench, DurableJournal(partial(here.is_cancelled, spec.run_id)))
        await bench.memory.keep(spec, result)
        await asyncio.to_thread(here.ended, spec, bench, result)
    except Parked as parked:
        await asyncio.to_thread(here.park, spec, bench)
        raise asyncio.CancelledError("the run waits for somebody") from parked
    except asyncio.CancelledError as error:
        if here.is_leaving:
            raise Abandoned("the process is leaving; another one goes on") from error
        await asyncio.to_thread(here.cancelled, spec)
        raise
    finally:
        await bench.tools.release(spec.run_id)
    found: dict[str, Any] = encode(result)
    return found


@DBOS.workflow(name=UNDO)
async def undo(run_id: str) -> list[dict[str, Any]]:
    """Take back what the run did, and return its effects as they stand then, as JSON (``Effect``)."""
    here = _here()
    spec = await asyncio.to_thread(here.spec, run_id)
    bench = await asyncio.to_thread(here.bench_of, spec)
    await asyncio.to_thread(here.let_go, run_id)
    scope = replace(bench.top, parent_span_id=span_id_of(run_id))
    try:
        effects = await roll_back(bench, DurableJournal(lambda: False), scope, str(DBOS.workflow_id))
    finally:
        await bench.tools.release(run_id)
    return [encode(effect) for effect in effects]


class _UntilLeaving:
    """A process that leaves does not record as ended what it only cut off: the run goes on elsewhere."""

    def __init__(self, recorder: Recorder, here: Surroundings) -> None:
        self._recorder = recorder
        self._here = here

    def record(self, event: Event) -> None:
        if not (event.span.status == "cancelled" and self._here.is_leaving):
            self._recorder.record(event)
