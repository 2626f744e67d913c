"""The composition root and the Python front door: turns settings into working objects, and holds no logic of its own."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Coroutine, Sequence
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from agentlab import samples
from agentlab.agent.bench import Bench
from agentlab.agent.guards import Budget
from agentlab.agent.plan import problems_of, read_plan
from agentlab.asking import Asking
from agentlab.doctor import Check, examine
from agentlab.errors import BudgetInvalid, EmptyGoal, PlanInvalid
from agentlab.models import Gateway, models, replayed
from agentlab.recorder import LabRecorder
from agentlab.remembering import Remembers
from agentlab.review import Review
from agentlab.run import Run
from agentlab.settings import Settings, read_settings
from agentlab.store import S3, Drainer, Engine, Redaction, TraceStore
from agentlab.tooling import Tooling
from agentlab.tools import builtin_tools
from agentlab.tools.recorded import RecordedTools
from agentlab.tracing import Tracing
from agentlab.types import JSON, Limits, Plan, RunSpec, RunStatus, Tools, to_micro
from agentlab.types.ids import new_id

if TYPE_CHECKING:
    from agentlab.models.replay import Recorded
    from agentlab.runtime.runs import Runs

__all__ = ["Lab", "Run"]
T = TypeVar("T")


class Lab(Tracing, Review, Asking, Tooling, Remembers):
    """A lab: its runs, its tools, its traces. Open one with ``agentlab.open()``."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = open_store(settings)
        self.tools = builtin_tools(settings, lambda: self.gateway.guards.cache)
        self.recorder = LabRecorder(self.store, lambda: self.durable.live if "durable" in self.__dict__ else None)
        self.gateway = Gateway(self.recorder, self.recorded, settings)
        self._drainer: Drainer | None = None

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

    def run(
        self,
        goal: str,
        *,
        plan: JSON | Plan | None = None,
        model: str | None = None,
        budget: float | None = None,
        domains: Sequence[str] = (),
    ) -> Run:
        """Run a goal in this process and wait for its end.

        ``plan`` is a plan of one's own, which asks no model for anything; ``budget`` is in credits; ``domains`` are the hosts
        that its tools may reach (``example.org``, ``*.example.org``), all public ones where there are none.
        A run that fails is returned like any other; raises ``CallerError`` where it cannot even start.
        """
        return self.start(goal, plan=plan, model=model, budget=budget, domains=domains).wait()

    def start(
        self,
        goal: str,
        *,
        plan: JSON | Plan | None = None,
        model: str | None = None,
        budget: float | None = None,
        domains: Sequence[str] = (),
    ) -> Run:
        """Run a goal in this process and return at once; ``follow`` or ``wait`` on what is returned. Arguments as for ``run``."""
        return self._begin(self._spec(goal, plan, model, budget, domains))

    def submit(
        self,
        goal: str,
        *,
        plan: JSON | Plan | None = None,
        model: str | None = None,
        budget: float | None = None,
        domains: Sequence[str] = (),
    ) -> Run:
        """Queue a goal for a worker and return at once. Arguments as for ``run``."""
        spec = self._spec(goal, plan, model, budget, domains)
        self.durable.submit(spec)
        return Run(self, spec.run_id)

    def preview(self, goal: str, *, model: str | None = None) -> Plan:
        """The plan a run of ``goal`` would start with; nothing of it is run. Raises ``PlanInvalid``, ``ModelError``."""
        from agentlab.preview import preview

        return preview(self._bench(self._spec(goal, None, model, None)))

    def cancel(self, run_id: str) -> RunStatus:
        """Stop a run; returns where it is then. Raises ``UnknownRun``."""
        return self.durable.cancel(run_id)

    def events(self, run_id: str, after: int = 0) -> list[tuple[int, dict[str, Any]]]:
        """What has happened in a run since the event numbered ``after``, as (number, columns of ``Span`` and ``phase``).

        The last one of an ended run has the phase ``done``. Raises ``UnknownRun``.
        """
        ended = self.has_ended(run_id)
        events = self.durable.live.read(run_id, after)
        return events or ([(after, {"phase": "done", "status": self.run_of(run_id).status})] if ended else [])

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
        from agentlab.runtime.runs import Runs

        return Runs(self.settings.database_url, self.settings.home, self._bench)

    def work(self) -> str:
        """Take queued runs in this process until ``close``. Returns the id of the worker."""
        self.start_background()
        threading.Thread(target=self.gateway.warm, name="agentlab-warm", daemon=True).start()
        return self.durable.work(self.settings.worker_concurrency)

    def start_background(self) -> None:
        """Move finished spans from the spool into the lake from now on, and on to the collector where one is named."""
        if self._drainer is None:
            self._drainer = Drainer(self.store, every_s=self.settings.drain_seconds)
            self._drainer.start()
            if self.forwarder:
                self.forwarder.start()

    def close(self) -> None:
        """Leave the lab. Runs of this process that have not ended are taken up by the next worker."""
        if "durable" in self.__dict__:
            self.durable.close()
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
        if self.store.crowded():
            self.start_background()
        self.durable.start(spec)
        return Run(self, spec.run_id)

    def _bench(self, spec: RunSpec) -> Bench:
        budget = Budget(spec.limits)
        return Bench(
            spec=spec,
            model=self.gateway.open(spec.model, purse=budget),
            tools=self._tools_of(replayed(spec.model) if spec.tools == "recorded" else "", cache(self.recorded)),
            recorder=self.recorder,
            budget=budget,
        )

    def _tools_of(self, past: str, recorded: Recorded) -> Tools:
        return RecordedTools(self.tools, past, partial(recorded, past)) if past else self.tools

    def _spec(
        self,
        goal: str,
        plan: JSON | Plan | None,
        model: str | None,
        budget: float | None,
        domains: Sequence[str] = (),
    ) -> RunSpec:
        name = model or self.settings.model
        if past := replayed(name):
            asked, its_plan = self.asked_in(past)
            if plan is None and " ".join(goal.split()) in ("", asked):
                goal, plan = asked, its_plan
        own = read_plan(plan, origin="file", goal=goal) if isinstance(plan, dict) else plan
        goal = " ".join((goal or (own.goal if own else "")).split())
        if not goal:
            raise EmptyGoal
        limits = Limits(
            budget=to_micro(_checked(self.settings.budget_credits if budget is None else budget)),
            step_budget=to_micro(self.settings.step_credits),
            result_chars=self.settings.result_chars,
        )
        if own and (problems := problems_of(own, self._tools_of(past, self.recorded), limits)):
            raise PlanInvalid(problems)
        self.gateway.open(name)
        return RunSpec(
            run_id=new_id("run"),
            goal=goal,
            model=name,
            plan=own,
            tools="recorded" if past else "live",
            domains=tuple(domains),
            limits=limits,
            submitted_at=time.time(),
        )


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


def _checked(budget: float) -> float:
    if not math.isfinite(budget) or budget <= 0:
        raise BudgetInvalid(
            f"A budget of {budget:g} credits lets nothing run.",
            hint="Give a positive number of credits, for example --budget 100 (1 credit = 0.001 US dollars).",
        )
    return budget
