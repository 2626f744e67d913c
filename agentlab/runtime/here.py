"""What the workflows need from the process they run in, and what a run has besides its bench: a desk, effects, children."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agentlab.agent.bench import Bench
from agentlab.agent.guards import Budget
from agentlab.failpoints import reach
from agentlab.runtime.desk import PARKED, PARKING, RunDesk
from agentlab.runtime.spending import spent_by
from agentlab.types import Question, RunResult, RunSpec

if TYPE_CHECKING:
    from agentlab.runtime.runs import Runs

LET_GO_S = 5.0
"""Longest time that a process may take to stop a call of a run that was cancelled, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What a lab gives to its runs."""

    bench_of: Callable[[RunSpec, Budget], Bench]
    ended: Callable[[RunSpec, RunResult], None] = lambda _spec, _result: None
    """Hears of each end of a run: of one end more than once where a process dies over it."""
    asked: Callable[[Question, RunSpec], None] = lambda _question, _spec: None
    """Hears of each question when it is first asked."""


class Here:
    """The port ``Surroundings`` of the workflows."""

    def __init__(self, runs: Runs, hooks: Hooks) -> None:
        self._runs = runs
        self._hooks = hooks

    @property
    def is_leaving(self) -> bool:
        """True once this process is on its way out."""
        return self._runs.is_leaving

    def bench_of(self, spec: RunSpec) -> Bench:
        """The lab's bench, with what only the database of runs can give."""
        account = None if spec.parent else self._runs.accounts.of(spec.run_id, spec.user)
        before = spent_by(self._runs.reading, spec.run_id)
        bench = self._hooks.bench_of(spec, Budget(spec.limits, account, before=before))
        desk = self._runs.desks.of(spec.run_id, lambda question: self._hooks.asked(question, spec))
        return replace(bench, desk=desk, effects=self._runs.effect_journal, children=Brood(self._runs, desk))

    def is_cancelled(self, run_id: str) -> bool:
        """Whether somebody has cancelled the run, or it is parked."""
        return self._runs.status(run_id) in ("cancelled", "waiting", "paused")

    def begun(self, spec: RunSpec) -> None:
        """The run works, for the first time or again."""
        self._runs.desks.at_work(spec.run_id)

    def park(self, spec: RunSpec, bench: Bench) -> None:
        """Let go of the run until somebody says something; what was said meanwhile lets it go on at once."""
        desks, run_id = self._runs.desks, spec.run_id
        if spec.parent is None:
            self._runs.accounts.loosen(run_id, spec.user, bench.budget.spent)
        desks.put(run_id, PARKING)
        reach("park.before")
        self._runs.park(run_id)
        reach("park.between")
        if not desks.put(run_id, PARKED):
            return
        reach("park.after")
        if isinstance(bench.desk, RunDesk) and bench.desk.missed_something():
            self._runs.wake(run_id)

    def ended(self, spec: RunSpec, bench: Bench, result: RunResult) -> None:
        """Book what the run has used, tell who waits for it, and take back what it did where it failed."""
        runs = self._runs
        runs.desks.withdraw(spec.run_id)
        if spec.parent is None:
            runs.accounts.close(spec.run_id, spec.user, bench.budget.spent)
        else:
            runs.desks.touch(spec.parent.run_id)
            runs.wake(spec.parent.run_id)
        if result.status == "failed" and spec.undo:
            runs.begin_undo(spec.run_id)
        self._hooks.ended(spec, result)

    def cancelled(self, spec: RunSpec) -> None:
        """Say so; everything else was done by whoever cancelled it."""
        self._hooks.ended(spec, self._runs.result(spec.run_id))

    def let_go(self, run_id: str) -> None:
        """Wait until no effect of a run that was cancelled is under way, a few seconds at most."""
        if self._runs.status(run_id) != "cancelled":
            return
        until = time.monotonic() + LET_GO_S
        while time.monotonic() < until and any(
            effect.state == "begun" for effect in self._runs.effect_journal.list(run_id)
        ):
            time.sleep(0.1)

    def spec(self, run_id: str) -> RunSpec:
        """What the run was asked to do."""
        return self._runs.spec(run_id)


class Brood:
    """The port ``Children``: runs that a run begins, in the process that it works in itself."""

    def __init__(self, runs: Runs, desk: RunDesk) -> None:
        self._runs = runs
        self._desk = desk

    async def start(self, spec: RunSpec) -> None:
        """Begin a run; does nothing where it has begun already. One whose parent is cancelled meanwhile is so too."""
        await asyncio.to_thread(self._start, spec)

    async def result(self, run_id: str) -> RunResult | None:
        """Its result; None while it works."""
        return await asyncio.to_thread(self._result, run_id)

    async def cancel(self, run_id: str) -> None:
        """Stop it."""
        await asyncio.to_thread(self._runs.cancel, run_id)

    def _start(self, spec: RunSpec) -> None:
        self._runs.submit(spec, here=True)
        if spec.parent and self._runs.desks.stopped(spec.parent.run_id):
            self._runs.cancel(spec.run_id)

    def _result(self, run_id: str) -> RunResult | None:
        self._desk.look(run_id)
        status = self._runs.status(run_id)
        return None if status in ("queued", "running") else self._runs.result(run_id)
