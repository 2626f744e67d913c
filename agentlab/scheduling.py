"""The part of ``Lab`` that runs goals again and again: keeps schedules, and begins what is due while the lab works."""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from dataclasses import asdict, replace
from functools import cached_property
from typing import TYPE_CHECKING, Unpack, cast

from agentlab.errors import AgentlabError, ScheduleInvalid, UnknownRun
from agentlab.notify_settings import checked_events
from agentlab.run import Run
from agentlab.settings import Settings
from agentlab.types import JSON, Plan, RunOptions, RunSpec, Schedule, Step
from agentlab.types.ids import new_id

if TYPE_CHECKING:
    from agentlab.notify import Notifier
    from agentlab.runtime.runs import Runs
    from agentlab.runtime.schedules import Scheduler, Schedules

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Scheduling(ABC):
    """Needs ``settings``, ``durable``, ``notifier`` and a way to make the spec of a run."""

    settings: Settings
    notifier: Notifier
    _scheduler: Scheduler | None = None

    @property
    @abstractmethod
    def durable(self) -> Runs:
        """The durable runs of the lab."""

    @abstractmethod
    def _spec(self, goal: str, **options: Unpack[RunOptions]) -> RunSpec: ...

    @abstractmethod
    def _queue(self, spec: RunSpec) -> Run: ...

    def schedule(
        self,
        name: str,
        cron: str,
        goal: str = "",
        *,
        timezone: str = "UTC",
        catch_up: bool = True,
        **options: Unpack[RunOptions],
    ) -> Schedule:
        """Run a goal at the times that ``cron`` names, in the zone ``timezone``, for as long as a worker lives.

        ``cron`` is five fields, or ``@hourly``, ``@daily``, ``@weekly``, ``@monthly``, ``@yearly``. ``catch_up`` makes up
        for the last of the times that no worker lived at. ``options`` are those of its runs, as for ``submit``.
        A schedule of the same name gives way. Raises ``ScheduleInvalid``, and what ``submit`` raises.
        """
        if not _NAME.fullmatch(name):
            raise ScheduleInvalid(
                f"A schedule cannot be named '{name}'.",
                hint="A name has up to 64 letters, digits, - _ and dots, and begins with a letter or digit.",
            )
        notify = options.pop("notify", None)
        plan = options.get("plan")
        how: JSON = {key: list(value) if isinstance(value, tuple) else value for key, value in options.items()}
        how |= {"plan": _as_json(plan)} if isinstance(plan, Plan) else {}
        made = Schedule(
            name=name,
            cron=cron,
            goal=goal,
            timezone=timezone,
            how={key: value for key, value in how.items() if value is not None},
            catch_up=catch_up,
            notify=None if notify is None else checked_events(notify),
        )
        made = replace(made, goal=self._spec_of(made, new_id("run")).goal)
        self._schedules.put(made, time.time())
        return self._one(name)

    def schedules(self) -> list[Schedule]:
        """All schedules by name, each with its next three times, its last run and where that is."""
        return [self._with_status(found) for found in self._schedules.all(time.time())]

    def unschedule(self, name: str) -> None:
        """Take a schedule away; its runs stay. Raises ``UnknownSchedule``."""
        self._schedules.remove(name, time.time())

    def pause_schedule(self, name: str) -> Schedule:
        """Let a schedule rest; times that pass meanwhile are not made up for. Raises ``UnknownSchedule``."""
        self._schedules.pause(name, time.time(), paused=True)
        return self._one(name)

    def resume_schedule(self, name: str) -> Schedule:
        """Let a schedule go on with its next time. Raises ``UnknownSchedule``."""
        self._schedules.pause(name, time.time(), paused=False)
        return self._one(name)

    def run_schedule(self, name: str) -> Run:
        """Queue a run of a schedule now, beside its times. Raises ``UnknownSchedule``, and what ``submit`` raises."""
        spec = self._spec_of(self._schedules.get(name, time.time()), new_id("run"))
        run = self._queue(spec)
        self._schedules.began(name, spec.run_id)
        return run

    def next_times(self, cron: str, timezone: str = "UTC", count: int = 3) -> tuple[float, ...]:
        """When ``cron`` comes next, in seconds since the epoch. Raises ``ScheduleInvalid`` with the form it should have."""
        from agentlab.runtime.cron import read_cron

        return read_cron(cron, timezone).next(time.time(), count)

    # --- inside ---------------------------------------------------------------------------------------------------

    @cached_property
    def _schedules(self) -> Schedules:
        from agentlab.runtime.schedules import Schedules
        from agentlab.sql import open_database

        return Schedules(open_database(self.settings.database_url))

    def _start_scheduler(self) -> None:
        """Begin what is due from now on, in a thread."""
        from agentlab.runtime.schedules import Scheduler

        if self._scheduler is None:
            self._scheduler = Scheduler(self._schedules, self._begin_due)
            self._scheduler.start()

    def _stop_scheduler(self) -> None:
        if self._scheduler:
            self._scheduler.stop()
            self._scheduler = None
        if schedules := self.__dict__.get("_schedules"):
            schedules.close()

    def _begin_due(self, schedule: Schedule, run_id: str) -> str:
        try:
            spec = self._spec_of(schedule, run_id)
        except (AgentlabError, TypeError) as error:  # the second: kept by a version whose ``submit`` took more
            self.notifier.not_begun(schedule, run_id, str(error))
            return str(error)
        self._queue(spec)
        return ""

    def _spec_of(self, schedule: Schedule, run_id: str) -> RunSpec:
        options = cast("RunOptions", schedule.how)  # ``schedule`` made it of such options
        spec = self._spec(schedule.goal, **options)
        return replace(spec, run_id=run_id, schedule=schedule.name, notify=schedule.notify)

    def _one(self, name: str) -> Schedule:
        return self._with_status(self._schedules.get(name, time.time()))

    def _with_status(self, schedule: Schedule) -> Schedule:
        if not schedule.last_run or schedule.error:
            return schedule
        try:
            return replace(schedule, last_status=self.durable.status(schedule.last_run))
        except UnknownRun:
            return schedule


def _as_json(plan: Plan) -> JSON:
    """A plan in the form of plan files: what says nothing is left out."""
    steps = [_said(asdict(step), asdict(Step(id="", tool=""))) for step in plan.steps]
    return {"goal": plan.goal, "steps": steps}


def _said(found: JSON, usual: JSON) -> JSON:
    return {
        key: list(value) if isinstance(value, tuple) else value for key, value in found.items() if value != usual[key]
    }
