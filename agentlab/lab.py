"""The composition root and the Python front door: turns settings into working objects, and holds no logic of its own."""

from __future__ import annotations

import threading
from collections.abc import Coroutine
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from agentlab import samples
from agentlab.agent.alone import NoGuard
from agentlab.agent.bench import Bench
from agentlab.agent.guards import Budget
from agentlab.asking import Asking
from agentlab.continuing import Continuing
from agentlab.doctor import Check, examine
from agentlab.errors import UnknownRun
from agentlab.insight.success import SuccessRates
from agentlab.models import Gateway, models, replayed
from agentlab.notifying import Notifying
from agentlab.recorder import LabRecorder
from agentlab.remembering import Remembers
from agentlab.review import Review
from agentlab.run import Run
from agentlab.scheduling import Scheduling
from agentlab.settings import Settings, read_settings
from agentlab.steering import Steering
from agentlab.store import S3, Drainer, Engine, Redaction, TraceStore
from agentlab.tool_guard import ToolGuards
from agentlab.tooling import Tooling
from agentlab.tools import builtin_tools
from agentlab.tools.agent import AgentTool
from agentlab.tools.recorded import RecordedTools
from agentlab.tracing import Tracing
from agentlab.types import RunSpec, Tools, to_micro

if TYPE_CHECKING:
    from agentlab.models.replay import Recorded
    from agentlab.runtime.runs import Runs

__all__ = ["Lab", "Run"]
T = TypeVar("T")


class Lab(Tracing, Review, Remembers, Continuing, Steering, Asking, Tooling, Scheduling, Notifying):
    """A lab: its runs, its tools, its traces. Open one with ``agentlab.open()``."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = open_store(settings)
        self.tools = builtin_tools(settings, lambda: self.gateway.guards.cache)
        self.tools.add(AgentTool())
        self.recorder = LabRecorder(self.store, lambda: self.durable.live if "durable" in self.__dict__ else None)
        self.gateway = Gateway(self.recorder, self.recorded, settings)
        self.tool_guard = ToolGuards(settings, lambda: self.gateway.guards)
        self._success = SuccessRates(self.sql)
        self._drainer: Drainer | None = None
        self.works_here = True
        """Whether runs that go on may do so in this process where no worker lives; set before the first run is touched."""

    @classmethod
    def open(cls, **settings: Any) -> Lab:
        """The lab with these settings; the environment fills in the rest.

        Raises ``HomeUnusable`` or ``SettingsInvalid``.
        """
        chosen = read_settings(**settings)
        chosen.prepare_home()
        samples.lay_out(chosen.drive)
        return cls(chosen)

    # --- runs -----------------------------------------------------------------------------------------------------

    def events(self, run_id: str, after: int = 0) -> list[tuple[int, dict[str, Any]]]:
        """What has happened in a run since the event numbered ``after``, as (number, columns of ``Span`` and ``phase``).

        Pieces of the answer come as ``{"phase": "text", "text": …}`` while it is written.

        The last one of a run that has ended, or rests, has the phase ``done``. Raises ``UnknownRun``.
        """
        resting = self.run_of(run_id).resting
        events = self.durable.live.read(run_id, after)
        return events or ([(after, {"phase": "done", "status": self.run_of(run_id).status})] if resting else [])

    # --- the lab itself -------------------------------------------------------------------------------------------

    @cached_property
    def suggestions(self) -> list[dict[str, str]]:
        """Goals to begin with: ``title``, ``goal`` and ``why`` of each. They work on the samples in the drive."""
        return samples.suggestions()

    def models(self) -> list[dict[str, Any]]:
        """The models that can be named, configured ones first: price, context, roles, retirement; never a key."""
        return models(self.settings)

    def doctor(self) -> list[Check]:
        """Whether everything the lab stands on is well, and what to do where it is not."""
        return examine(self)

    @cached_property
    def durable(self) -> Runs:
        """The durable runs behind ``run``, ``submit`` and the worker."""
        from agentlab.runtime.here import Hooks
        from agentlab.runtime.runs import Runs

        granted = to_micro(self.settings.balance_credits) or None
        hooks = Hooks(bench_of=self._bench, ended=self._tell_ended, asked=self._tell_asked)
        runs = Runs(self.settings.database_url, self.settings.home, hooks, granted=granted)
        runs.works_here = self.works_here
        return runs

    def work(self) -> str:
        """Take queued runs in this process until ``close``. Returns the id of the worker."""
        self.start_background()
        threading.Thread(target=self.gateway.warm, name="agentlab-warm", daemon=True).start()
        executor = self.durable.work(self.settings.worker_concurrency, together=self.settings.queue_concurrency)
        self._start_scheduler()
        self._start_telling()
        return executor

    def start_background(self) -> None:
        """Move finished spans from the spool into the lake from now on, and on to the collector where one is named."""
        if self._drainer is None:
            self._drainer = Drainer(self.store, every_s=self.settings.drain_seconds)
            self._drainer.start()
            if self.forwarder:
                self.forwarder.start()

    def close(self) -> None:
        """Leave the lab. Runs of this process that have not ended are taken up by the next worker."""
        self._stop_scheduler()
        if "durable" in self.__dict__:
            self.durable.close()
        self._stop_telling()
        self._close_door()
        self._close_memory()
        self.tools.close()
        if self._drainer is None and self.store.due():
            self.start_background()
        if self._drainer:
            self._drainer.stop()
            self._drainer = None
        if forwarder := self.__dict__.get("forwarder"):
            forwarder.stop()
        self.store.close()

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Lab({str(self.settings.home)!r})"

    # --- wiring ---------------------------------------------------------------------------------------------------

    def _wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        return self._door.run(work)

    def _begin(self, spec: RunSpec) -> Run:
        self._turn_begins(spec)
        if self.store.crowded():
            self.start_background()
        self.durable.start(spec)
        return Run(self, spec.run_id)

    def _queue(self, spec: RunSpec) -> Run:
        self._turn_begins(spec)
        self.durable.submit(spec)
        return Run(self, spec.run_id)

    def _tell_end(self, run_id: str, *, traced: bool) -> None:
        spec = self.durable.spec(run_id)
        if traced:
            self.recorder.tell_cancelled(run_id, spec.goal, spec.model)
        self._tell_ended(spec, self.durable.result(run_id))

    def _past_reasons(self, run_id: str) -> bool:
        try:
            return self.durable.spec(run_id).reason
        except UnknownRun:
            return False

    def _bench(self, spec: RunSpec, budget: Budget | None = None) -> Bench:
        budget = budget or Budget(spec.limits)
        return Bench(
            spec=spec,
            model=self.gateway.open(spec.model, purse=budget),
            tools=self._tools_of(replayed(spec.model) if spec.tools == "recorded" else "", cache(self.recorded)),
            recorder=self.recorder,
            budget=budget,
            memory=self.recollection,
            hear=self.recorder.hear(spec.run_id),
            guard=self.tool_guard if spec.tools == "live" else NoGuard(),
            success=self._success,
        )

    def _tools_of(self, past: str, recorded: Recorded) -> Tools:
        return RecordedTools(self.tools, past, partial(recorded, past)) if past else self.tools


def open_store(settings: Settings) -> TraceStore:
    """The trace store that the settings describe."""
    s3 = S3(
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        key_id=settings.s3_key_id,
        secret=settings.s3_secret.get_secret_value(),
        session_token=settings.s3_session_token.get_secret_value(),
    )
    engine = Engine(
        folder=settings.traces, catalogue_url=settings.traces_url.get_secret_value(), data=settings.traces_data, s3=s3
    )
    return TraceStore(
        engine,
        redaction=Redaction(personal=settings.redact_personal, extra=settings.redact_patterns),
        project=settings.project,
        durable=settings.trace_durability == "disk",
    )
