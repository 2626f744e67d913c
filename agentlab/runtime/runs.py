"""Durable runs from outside: start, queue, look up, cancel. One object for every process of a lab."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from dbos import DBOS, DBOSClient, EnqueueOptions, SetWorkflowID, WorkflowStatus

from agentlab.errors import UnknownRun
from agentlab.runtime import engine, workflow
from agentlab.runtime.codec import decode, encode
from agentlab.runtime.janitor import Janitor
from agentlab.runtime.live import LiveLog
from agentlab.runtime.liveness import Liveness
from agentlab.types import FINISHED, RunResult, RunSpec, RunStatus

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


class Runs:
    """The runs in one database. Opening it starts nothing; ``work`` and ``run`` start the engine in this process."""

    def __init__(self, url: str, folder: Path, make_bench: workflow.BenchMaker) -> None:
        engine.migrate(url)
        self._url = url
        self._make_bench = make_bench
        self._database = engine.open_database(url)
        self._client: DBOSClient = engine.client(self._database, url)
        self._reading: DBOSClient = engine.client(engine.open_database(url, reads_only=True), url)
        live_url = f"sqlite:///{folder / 'live.sqlite'}" if url.startswith("sqlite") else url
        self.live = LiveLog(engine.open_database(live_url))
        self.liveness = Liveness(self._database, folder / "processes")
        self._janitor: Janitor | None = None
        self._executor: str | None = None
        self._leaving = False

    def start(self, spec: RunSpec) -> None:
        """Run ``spec`` in this process, beside the caller."""
        self._launch(listen=False, concurrency=1)
        _off_the_loop(partial(_start, spec))

    def submit(self, spec: RunSpec) -> None:
        """Queue ``spec`` for a worker."""
        options = EnqueueOptions(
            workflow_name=workflow.WORKFLOW,
            queue_name=engine.QUEUE,
            workflow_id=spec.run_id,
            app_version=engine.VERSION,
        )
        self._client.enqueue(options, encode(spec))

    def work(self, concurrency: int, *, together: int = 0) -> str:
        """Take queued runs in this process, ``concurrency`` at a time, and look after orphans. Returns the executor id.

        Where ``together`` is not 0, all processes take that many at a time.
        """
        executor = self._launch(listen=True, concurrency=concurrency, together=together)
        self.live.forget_old()
        self._janitor = Janitor(self._client, self.liveness)
        self._janitor.start()
        return executor

    def wait(self, run_id: str) -> RunResult:
        """The result of a run, as soon as it has ended. Ctrl-C cancels the run and waits for that."""
        try:
            self._wait_until_finished(run_id)
        except KeyboardInterrupt:
            self.cancel(run_id)
            self._wait_until_finished(run_id)
        return self.result(run_id)

    def status(self, run_id: str) -> RunStatus:
        """Where the run is. Raises ``UnknownRun``."""
        found = self._look_up(run_id, load_input=False)
        return decode(RunResult, found.output).status if found.status == "SUCCESS" else _STATUS[found.status]

    def result(self, run_id: str) -> RunResult:
        """The run's result; before its end only id, goal, model and status are filled in. Raises ``UnknownRun``."""
        found = self._look_up(run_id)
        if found.status == "SUCCESS":
            return decode(RunResult, found.output)
        spec = _spec_of(found)
        return RunResult(
            run_id=run_id,
            status=_STATUS[found.status],
            goal=spec.goal,
            model=spec.model,
            error=_why(found),
            cost_usd=None,
            duration_s=_seconds(found),
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

    def cancel(self, run_id: str) -> RunStatus:
        """Stop the run at its next boundary, a second at most inside a call; an ended run stays as it ended."""
        status = self.status(run_id)
        if status in FINISHED:
            return status
        self._client.cancel_workflow(run_id)
        return self.status(run_id)

    def queued(self) -> list[RunSpec]:
        """Runs that wait for a worker, oldest first."""
        waiting = self._reading.list_workflows(status=["ENQUEUED", "DELAYED"], load_output=False)
        return [_spec_of(found) for found in waiting]

    def close(self) -> None:
        """Leave: stop the engine of this process, if any. Its unfinished runs are free for other processes."""
        global _running
        self._leaving = True
        if self._janitor:
            self._janitor.stop()
        self.live.flush()
        if _running is self:
            DBOS.destroy()
            _running = None
        if self._executor:
            self.liveness.leave(self._executor)
            self._executor = None
        self._client.destroy()
        self._reading.destroy()

    def _launch(self, *, listen: bool, concurrency: int, together: int = 0) -> str:
        """Start the engine unless it runs already. DBOS is one to a process, so another lab's engine makes room."""
        global _running
        with _starting:
            if _running is self and self._executor:
                return self._executor
            if _running is not None:
                _running.close()
            self._leaving = False
            workflow.use(workflow.Surroundings(self._make_bench, self._is_cancelled, lambda: self._leaving))
            self._executor = engine.new_executor()
            self.liveness.join(self._executor, worker=listen)
            _off_the_loop(
                partial(
                    engine.launch,
                    self._database,
                    self._url,
                    self._executor,
                    listen=listen,
                    concurrency=concurrency,
                    together=together,
                )
            )
            _running = self
            return self._executor

    def _is_cancelled(self, run_id: str) -> bool:
        return self.status(run_id) == "cancelled"

    def _wait_until_finished(self, run_id: str) -> None:
        pause = 0.01
        while self.status(run_id) not in FINISHED:
            time.sleep(pause)
            pause = min(pause * 1.5, engine.POLL_S)

    def _look_up(self, run_id: str, *, load_input: bool = True, load_output: bool = True) -> WorkflowStatus:
        found = self._reading.list_workflows(workflow_ids=[run_id], load_input=load_input, load_output=load_output)
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
