"""The one workflow: a goal. Its body only decides; whatever takes time or costs goes through the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from dbos import DBOS

from agentlab.agent.bench import Bench
from agentlab.agent.loop import run_goal
from agentlab.runtime.codec import decode, encode
from agentlab.runtime.journal import DurableJournal
from agentlab.types import RunSpec

WORKFLOW = "run_goal"
BenchMaker = Callable[[RunSpec], Bench]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the workflow needs from the process it runs in."""

    bench_of: BenchMaker
    is_cancelled: Callable[[str], bool]


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
    journal = DurableJournal(partial(_surroundings.is_cancelled, spec.run_id))
    result: dict[str, Any] = encode(await run_goal(_surroundings.bench_of(spec), journal))
    return result
