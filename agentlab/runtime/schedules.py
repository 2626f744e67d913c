"""Schedules: a table of them in the database of runs, and a thread in each worker that begins what is due.

Each time that comes makes exactly one run, whoever looks and whoever dies: the id of the run follows from the schedule and the
time, and the queue takes an id once. The next time is written only after the run is in the queue.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from dbos import error as dbos_error

from agentlab import failpoints
from agentlab.errors import ScheduleInvalid, UnknownSchedule, near
from agentlab.runtime.cron import read_cron
from agentlab.sql import create_tables
from agentlab.types import Schedule
from agentlab.types.ids import id_at, new_id

EVERY_S = 1.0
"""Seconds between two looks."""
LATE_S = 60.0
"""Seconds after which a time that came counts as missed."""
SHOWN = 3
"""Next times that a schedule shows."""

Begin = Callable[[Schedule, str], str]
"""Puts the run with an id into the queue, where that is not there already; returns why it cannot, else nothing."""
_tables = sa.MetaData()
_schedules = sa.Table(
    "run_schedules",
    _tables,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(64), nullable=False),
    sa.Column("cron", sa.String(200), nullable=False),
    sa.Column("timezone", sa.String(64), nullable=False),
    sa.Column("goal", sa.Text, nullable=False),
    sa.Column("how", sa.Text, nullable=False),
    sa.Column("notify", sa.Text, nullable=False),
    sa.Column("catch_up", sa.Boolean, nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("next_at", sa.Float),
    sa.Column("due_at", sa.Float),
    sa.Column("last_run", sa.String(64), nullable=False),
    sa.Column("error", sa.Text, nullable=False),
)
_log = logging.getLogger(__name__)


class Schedules:
    """The schedules in one database, open for any number of processes. Times are seconds since the epoch."""

    def __init__(self, database: sa.Engine) -> None:
        self._database = database
        create_tables(database, _tables)

    def close(self) -> None:
        """Let go of the database."""
        self._database.dispose()

    def put(self, schedule: Schedule, now: float) -> None:
        """Keep ``schedule``; one of the same name gives way. Raises ``ScheduleInvalid`` for times that cannot be read."""
        row = {
            "name": schedule.name,
            "id": new_id("sched"),
            "cron": schedule.cron,
            "timezone": schedule.timezone,
            "goal": schedule.goal,
            "how": json.dumps(schedule.how),
            "notify": json.dumps(schedule.notify),
            "catch_up": schedule.catch_up,
            "paused": False,
            "next_at": _next(schedule.cron, schedule.timezone, now),
            "due_at": None,
            "last_run": "",
            "error": "",
        }
        with self._database.begin() as connection:
            connection.execute(sa.delete(_schedules).where(_schedules.c.name == schedule.name))
            connection.execute(sa.insert(_schedules), row)

    def all(self, now: float) -> list[Schedule]:
        """All of them by name."""
        with self._database.connect() as connection:
            return [_schedule(row, now) for row in connection.execute(sa.select(_schedules).order_by("name"))]

    def get(self, name: str, now: float) -> Schedule:
        """The one with this name. Raises ``UnknownSchedule`` with the near misses."""
        found = self.all(now)
        for schedule in found:
            if schedule.name == name:
                return schedule
        raise UnknownSchedule(
            f"There is no schedule '{name}'. {near(name, [it.name for it in found])}".strip(),
            hint="`agentlab schedule list` lists them.",
        )

    def remove(self, name: str, now: float) -> None:
        """Forget one; its runs stay. Raises ``UnknownSchedule``."""
        self.get(name, now)
        with self._database.begin() as connection:
            connection.execute(sa.delete(_schedules).where(_schedules.c.name == name))

    def pause(self, name: str, now: float, *, paused: bool) -> None:
        """Let no more time of it make a run, or go on with the next one from now. Raises ``UnknownSchedule``."""
        found = self.get(name, now)
        next_at = None if paused else _next(found.cron, found.timezone, now)
        self._set(name, paused=paused, next_at=next_at)

    def began(self, name: str, run_id: str) -> None:
        """A person has begun a run of it outside of its times."""
        self._set(name, last_run=run_id, error="")

    def begin_due(self, now: float, begin: Begin) -> list[str]:
        """Begin a run of every schedule whose time has come; returns the ids of the runs.

        Of several times that went by, the last one counts; one that is late by more than a minute counts only for
        schedules that catch up.
        """
        query = sa.select(_schedules).where(_schedules.c.next_at <= now)
        with self._database.connect() as connection:
            due = list(connection.execute(query))
        return [run_id for row in due if (run_id := self._begin_one(row, now, begin))]

    def _begin_one(self, row: sa.Row[Any], now: float, begin: Begin) -> str:
        try:
            came = max(read_cron(row.cron, row.timezone).last(now), row.next_at)
        except ScheduleInvalid as error:  # a zone that this machine knows no more
            _log.warning("The schedule %s rests: %s", row.name, error)
            return ""
        run_id, changes = "", {"due_at": came, "next_at": _next(row.cron, row.timezone, now)}
        if row.catch_up or now - came <= LATE_S:
            run_id = _run_id(row.id, came)
            changes |= {"last_run": run_id, "error": begin(_schedule(row, now), run_id)}
            failpoints.reach("schedule.after_submit")
        mine = (_schedules.c.id == row.id) & (_schedules.c.next_at == row.next_at)
        with self._database.begin() as connection:
            moved = connection.execute(sa.update(_schedules).where(mine).values(changes)).rowcount
        return run_id if moved else ""

    def _set(self, name: str, **changes: Any) -> None:
        with self._database.begin() as connection:
            connection.execute(sa.update(_schedules).where(_schedules.c.name == name).values(changes))


class Scheduler:
    """Begins what is due, once a second, in a thread of its own. Any number of processes may have one."""

    def __init__(self, schedules: Schedules, begin: Begin, *, clock: Callable[[], float] = time.time) -> None:
        self._schedules = schedules
        self._begin = begin
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="agentlab-schedules", daemon=True)

    def start(self) -> None:
        """Begin looking."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; returns when the look that goes on has ended."""
        self._stop.set()
        self._thread.join(timeout=10)

    def _work(self) -> None:
        while not self._stop.wait(EVERY_S):
            try:
                self._schedules.begin_due(self._clock(), self._begin)
            except (sa.exc.SQLAlchemyError, dbos_error.DBOSException, OSError) as error:
                _log.warning("Schedules could not be looked at; the next look is in %g s: %s", EVERY_S, error)


def _run_id(schedule: str, due: float) -> str:
    """The same for the same time of the same schedule."""
    return id_at("run", int(due * 1_000), hashlib.sha256(f"{schedule} {due:.0f}".encode()).digest()[:10])


def _next(cron: str, timezone: str, now: float) -> float | None:
    return next(iter(read_cron(cron, timezone).next(now)), None)


def _schedule(row: sa.Row[Any], now: float) -> Schedule:
    notify = json.loads(row.notify)
    try:
        times, error = read_cron(row.cron, row.timezone).next(now, SHOWN), row.error
    except ScheduleInvalid as invalid:
        times, error = (), str(invalid)
    return Schedule(
        name=row.name,
        cron=row.cron,
        goal=row.goal,
        timezone=row.timezone,
        how=json.loads(row.how),
        notify=None if notify is None else tuple(notify),
        catch_up=row.catch_up,
        paused=row.paused,
        next_times=() if row.paused else times,
        due_at=row.due_at,
        last_run=row.last_run,
        error=error,
    )
