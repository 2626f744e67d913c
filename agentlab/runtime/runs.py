"""Durable runs from outside: start, queue, look up, cancel, pause, answer. One object for every process of a lab."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from dbos import DBOS, DBOSClient, EnqueueOptions, SetWorkflowID, WorkflowStatus

from agentlab.errors import UnknownRun
from agentlab.runtime import engine, workflow
from agentlab.runtime.accounts import Accounts
from agentlab.runtime.codec import decode, encode
from agentlab.runtime.desk import RESTING_PLACES, WAKING, Desks
from agentlab.runtime.effects import EffectJournal
from agentlab.runtime.here import Here, Hooks
from agentlab.runtime.janitor import Janitor
from agentlab.runtime.live import LiveLog
from agentlab.runtime.liveness import Liveness
from agentlab.runtime.spending import spent_by
from agentlab.runtime.steering import Steering
from agentlab.sql import open_database
from agentlab.types import FINISHED, RESTING, RunResult, RunSpec, RunStatus

_STATUS: dict[str, RunStatus] = {
    "ENQUEUED": "queued",
    "DELAYED": "queued",
    "PENDING": "running",
    "CANCELLED": "cancelled",
    "ERROR": "failed",
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "failed",
}


_starting = threading.Lock()
_running: Runs | None = None


class Runs(Steering):
    """The runs in one database. Opening it starts nothing; ``work`` and ``run`` start the engine in this process."""

    def __init__(self, url: str, folder: Path, hooks: Hooks, *, granted: int | None = None) -> None:
        engine.migrate(url)
        self._url = url
        self._hooks = hooks
        self._database = open_database(url)
        reading = open_database(url, reads_only=True)
        self._client: DBOSClient = engine.client(self._database, url)
        self.reading: DBOSClient = engine.client(reading, url)
        live_url = f"sqlite:///{folder / 'live.sqlite'}" if url.startswith("sqlite") else url
        self.live = LiveLog(open_database(live_url))
        self.desks = Desks(self._database, reading)
        self.effect_journal = EffectJournal(self._database, reading)
        self.accounts = Accounts(self._database, granted)
        self.liveness = Liveness(self._database, folder / "processes")
        self._janitor: Janitor | None = None
        self.executor: str | None = None
        """Who this process is for others; None where it runs nothing."""
        self.is_leaving = False
        self.works_here = True
        """Whether runs may go on in this process where no worker lives; the app leaves all of them to workers."""

    # --- begin ----------------------------------------------------------------------------------------------------

    def start(self, spec: RunSpec) -> None:
        """Run ``spec`` in this process, beside the caller."""
        self._launch(listen=False, concurrency=1)
        _off_the_loop(partial(_start, spec))

    def submit(self, spec: RunSpec, *, here: bool = False) -> None:
        """Queue ``spec`` for a worker; with ``here``, for this process. Once is enough: the same run is queued once."""
        queue = engine.own_queue(self._launch(listen=False, concurrency=1)) if here else engine.QUEUE
        self._enqueue(workflow.WORKFLOW, spec.run_id, queue, encode(spec))

    def work(self, concurrency: int, *, together: int = 0) -> str:
        """Take queued runs in this process, ``concurrency`` at a time, and look after orphans. Returns the executor id.

        ``together`` limits the runs that all workers together work on; 0 for none.
        """
        executor = self._launch(listen=True, concurrency=concurrency, together=together)
        self.live.forget_old()
        self._janitor = Janitor(self._client, self.liveness, self, engine.own_queue(executor))
        self._janitor.start()
        return executor

    # --- look up --------------------------------------------------------------------------------------------------

    def wait(self, run_id: str) -> RunResult:
        """The result of a run, as soon as it has ended or waits for somebody. Ctrl-C cancels the run and waits for that."""
        while True:
            try:
                self._wait_until_resting(run_id)
            except KeyboardInterrupt:
                self.cancel(run_id)
                continue
            result = self.result(run_id)
            if result.status in RESTING:  # else somebody has let it go on meanwhile
                return result

    def status(self, run_id: str) -> RunStatus:
        """Where the run is. Raises ``UnknownRun``."""
        return self._status_of(self._look_up(run_id, load_input=False))

    def result(self, run_id: str) -> RunResult:
        """The run's result; before its end only id, goal, model and status are filled in. Raises ``UnknownRun``."""
        found = self._look_up(run_id)
        effects = self.effect_journal.list(run_id)
        if found.status == "SUCCESS":
            return replace(decode(RunResult, found.output), effects=effects)
        spec = _spec_of(found)
        status = self._status_of(found)
        return RunResult(
            run_id=run_id,
            status=status,
            goal=spec.goal,
            model=spec.model,
            error=_why(found) if status in FINISHED else "",
            credits=(self.accounts.booked(run_id) or spent_by(self.reading, run_id)) if status == "cancelled" else 0,
            cost_usd=None,
            duration_s=_seconds(found),
            effects=effects,
            thread=spec.thread,
        )

    def ended(self, run_id: str) -> bool:
        """Whether the run has ended. Raises ``UnknownRun``."""
        return self.status(run_id) in FINISHED

    def describe(self) -> str:
        """The database, for people: no password in it."""
        return self._database.url.render_as_string(hide_password=True)

    def spec(self, run_id: str) -> RunSpec:
        """What the run was asked to do. Raises ``UnknownRun``."""
        return _spec_of(self._look_up(run_id, load_output=False))

    def queued(self) -> list[RunSpec]:
        """Runs that wait for a worker, oldest first."""
        waiting = self.reading.list_workflows(name=workflow.WORKFLOW, status=["ENQUEUED", "DELAYED"], load_output=False)
        return [_spec_of(found) for found in waiting]

    # --- leave ----------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Leave: stop the engine of this process, if any. Its unfinished runs are free for other processes."""
        global _running
        self.is_leaving = True
        if self._janitor:
            self._janitor.stop()
        self.live.flush()
        if _running is self:
            DBOS.destroy()
            _running = None
        if self.executor:
            self._client.delete_queue(engine.own_queue(self.executor))
            self.liveness.leave(self.executor)
            self.executor = None
        self._client.destroy()
        self.reading.destroy()

    # --- inside ---------------------------------------------------------------------------------------------------

    def _launch(self, *, listen: bool, concurrency: int, together: int = 0) -> str:
        """Start the engine unless it runs already. DBOS is one to a process, so another lab's engine makes room."""
        global _running
        with _starting:
            if _running is self and self.executor:
                return self.executor
            if _running is not None:
                _running.close()
            self.is_leaving = False
            workflow.use(Here(self, self._hooks))
            self.executor = engine.new_executor()
            self.liveness.join(self.executor, worker=listen)
            _off_the_loop(
                partial(
                    engine.launch,
                    self._database,
                    self._url,
                    self.executor,
                    listen=listen,
                    concurrency=concurrency,
                    together=together,
                )
            )
            _running = self
            return self.executor

    def park(self, run_id: str) -> None:
        """Take a run of this process out of it."""
        self._client.cancel_workflow(run_id)

    def _queue(self) -> str:
        """Where a run goes that is to go on now: to the workers, or to this process where there are none."""
        if not self.works_here or self.liveness.workers():
            return engine.QUEUE
        return engine.own_queue(self._launch(listen=False, concurrency=1))

    def _enqueue(self, name: str, workflow_id: str, queue: str, argument: object) -> None:
        options = EnqueueOptions(
            workflow_name=name, queue_name=queue, workflow_id=workflow_id, app_version=engine.VERSION
        )
        self._client.enqueue(options, argument)

    def _status_of(self, found: WorkflowStatus) -> RunStatus:
        if found.status == "SUCCESS":
            if found.output is None:
                found = self._look_up(found.workflow_id, load_input=False)
            return decode(RunResult, found.output).status
        status = _STATUS[found.status]
        if status == "cancelled" and (rest := self.desks.rest(found.workflow_id)):
            if rest.place in RESTING_PLACES:
                return "paused" if rest.pausing else "waiting"
            return "queued" if rest.place == WAKING else status
        return status

    def _wait_until_resting(self, run_id: str) -> None:
        pause = 0.01
        while self.status(run_id) not in RESTING:
            time.sleep(pause)
            pause = min(pause * 1.5, engine.POLL_S)
        self.wait_undone(run_id)

    def _look_up(self, run_id: str, *, load_input: bool = True, load_output: bool = True) -> WorkflowStatus:
        found = self.reading.list_workflows(workflow_ids=[run_id], load_input=load_input, load_output=load_output)
        if not found:
            raise UnknownRun(f"There is no run '{run_id}'.", hint="`agentlab runs` lists the runs of this lab.")
        return found[0]


def _start(spec: RunSpec) -> None:
    with SetWorkflowID(spec.run_id):
        DBOS.start_workflow(workflow.goal, encode(spec))


def _off_the_loop(call: Callable[[], None]) -> None:
    """Call from a thread of its own.

    DBOS adopts an event loop that runs where it is called, and in a notebook that loop waits for the very cell that
    waits for the run.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="agentlab-start") as pool:
        pool.submit(call).result()


def _spec_of(found: WorkflowStatus) -> RunSpec:
    return decode(RunSpec, found.input["args"][0]) if found.input else RunSpec(run_id=found.workflow_id, goal="")


def _why(found: WorkflowStatus) -> str:
    if found.status == "CANCELLED":
        return "The run was cancelled."
    return f"The run broke off: {found.error}." if found.error else ""


def _seconds(found: WorkflowStatus) -> float:
    end = found.completed_at or found.updated_at or found.created_at or 0
    return max(end - (found.created_at or end), 0) / 1_000
