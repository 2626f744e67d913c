"""The part of ``Runs`` that steers: cancel, pause, resume, answer, take back."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable

from dbos import DBOSClient, WorkflowStatus

from agentlab.errors import NotPossible
from agentlab.runtime import engine, workflow
from agentlab.runtime.accounts import Accounts
from agentlab.runtime.desk import PARKED, STOPPED, Desks
from agentlab.runtime.effects import EffectJournal
from agentlab.runtime.spending import spent_by
from agentlab.types import FINISHED, Decision, RunSpec, RunStatus

PARKING_S = 5.0
"""Seconds that a run may take to leave its process."""


class Steering(ABC):
    """Needs the database of runs, and a process that lets runs go on where no worker lives."""

    desks: Desks
    effect_journal: EffectJournal
    accounts: Accounts
    _client: DBOSClient
    reading: DBOSClient

    def cancel(self, run_id: str) -> RunStatus:
        """Stop the run, and those it has begun, at their next boundary, a second at most inside a call.

        An ended run stays as it ended. What the run did is taken back, unless it was started otherwise.
        """
        self._stop(run_id)
        return self.status(run_id)

    def pause(self, run_id: str) -> RunStatus:
        """Let the run rest before its next step; a call under way ends first. Raises ``NotPossible`` for an ended run."""
        if self.status(run_id) in FINISHED:
            raise NotPossible(f"The run {run_id} has ended: there is nothing to pause.", hint=f"agentlab show {run_id}")
        self.desks.pause(run_id, pausing=True)
        for child in self._children(run_id):
            self.desks.pause(child, pausing=True)
        return self.status(run_id)

    def resume(self, run_id: str) -> RunStatus:
        """Let a run that was paused go on. Raises ``NotPossible`` for one that nobody has paused."""
        rest = self.desks.rest(run_id)
        if not (rest and rest.pausing):
            raise NotPossible(
                f"The run {run_id} is not paused.",
                hint="One that waits for an answer goes on with it: agentlab approve.",
            )
        for child in self._children(run_id):
            self.desks.pause(child, pausing=False)
            self.wake(child)
        self.desks.pause(run_id, pausing=False)
        self.wake(run_id)
        return self.status(run_id)

    def answer(self, run_id: str, decision: Decision) -> None:
        """Say something to what a run asks, and let it go on. Raises ``NoQuestion``."""
        self.desks.answer(run_id, decision)
        self.wake(run_id)

    def wake(self, run_id: str) -> None:
        """Let a parked run go on: with a worker, or in this process where none lives. Does nothing for others."""
        if self.desks.release(run_id):
            self._client.resume_workflows([run_id], queue_name=self._queue())
            self.desks.awake(run_id)
            self.keep_stopped([run_id])

    def keep_stopped(self, run_ids: Iterable[str]) -> None:
        """Stop runs once more that somebody has cancelled while somebody else let them go on."""
        for run_id in run_ids:
            if self.desks.stopped(run_id):
                self._client.cancel_workflow(run_id)

    def finish_parking(self) -> None:
        """Let runs go on whose process died between leaving the engine and noting so, or between waking and queueing."""
        stuck = self.desks.stuck_for(PARKING_S)
        outside = self.reading.list_workflows(
            workflow_ids=stuck, status="CANCELLED", load_input=False, load_output=False
        )
        for found in outside if stuck else ():
            if self.desks.put(found.workflow_id, PARKED):
                self.wake(found.workflow_id)

    def begin_undo(self, run_id: str) -> None:
        """Begin to take back what a run did, where that is not under way; where it did nothing, there is nothing to do."""
        if any(effect.state in ("begun", "done") for effect in self.effect_journal.list(run_id)):
            before = [found for found in self._undoings(run_id) if found.status in ("SUCCESS", "ERROR")]
            self._enqueue(workflow.UNDO, f"{_undo_id(run_id)}{len(before)}", self._queue(), run_id)

    def wait_undone(self, run_id: str) -> None:
        """Wait until what a run and those below it did is taken back, where that has begun."""
        pause = 0.01
        while any(found.status in ("ENQUEUED", "PENDING") for found in self._undoings_below(run_id)):
            time.sleep(pause)
            pause = min(pause * 1.5, engine.POLL_S)

    @abstractmethod
    def status(self, run_id: str) -> RunStatus:
        """Where the run is. Raises ``UnknownRun``."""

    @abstractmethod
    def spec(self, run_id: str) -> RunSpec:
        """What the run was asked to do. Raises ``UnknownRun``."""

    @abstractmethod
    def _queue(self) -> str:
        """Where a run goes that is to go on now."""

    @abstractmethod
    def _enqueue(self, name: str, workflow_id: str, queue: str, argument: object) -> None: ...

    def _stop(self, run_id: str) -> int:
        """Stop a run that has not ended, then those below it; micro-credits that they have used and nobody else counts.

        In this order no run begins another one unseen: see ``Brood.start``.
        """
        if self.status(run_id) in FINISHED:
            return 0
        self.desks.put(run_id, STOPPED)
        self._client.cancel_workflow(run_id)
        below = sum(self._stop(child) for child in self._children(run_id))
        if self.status(run_id) != "cancelled":
            return 0
        used = below + spent_by(self.reading, run_id)
        self._settle_cancelled(run_id, used)
        return used

    def _settle_cancelled(self, run_id: str, used: int) -> None:
        """Book what a cancelled run has used, and take back what it did; the run above does so where it ends too."""
        spec = self.spec(run_id)
        self.desks.withdraw(run_id)
        if spec.parent is None:
            self.accounts.close(run_id, spec.user, used)
        else:
            self.desks.touch(spec.parent.run_id)
            self.wake(spec.parent.run_id)
        if spec.undo and not (spec.parent and self.desks.stopped(spec.parent.run_id)):
            self.begin_undo(run_id)

    def _children(self, run_id: str) -> list[str]:
        """Runs that this one has begun and that have not ended."""
        found = self.reading.list_workflows(
            workflow_id_prefix=f"{run_id}.", name=workflow.WORKFLOW, load_input=False, load_output=False
        )
        return [
            child.workflow_id
            for child in found
            if self.status(child.workflow_id) not in FINISHED and "." not in child.workflow_id[len(run_id) + 1 :]
        ]

    def _undoings(self, run_id: str) -> list[WorkflowStatus]:
        """What has begun so far to take the run back."""
        return [found for found in self._undoings_below(run_id) if found.workflow_id.startswith(_undo_id(run_id))]

    def _undoings_below(self, run_id: str) -> list[WorkflowStatus]:
        """The same, and for the runs that it has begun."""
        return self.reading.list_workflows(
            workflow_id_prefix=f"undo-{run_id}", name=workflow.UNDO, load_input=False, load_output=False
        )


def _undo_id(run_id: str) -> str:
    return f"undo-{run_id}-"
