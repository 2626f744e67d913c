"""Where runs and people meet: questions that wait for an answer, and runs that rest. Both outlive every process.

A run that can do nothing before somebody says something is *parked*: it leaves its process and takes nobody's place.
Whoever says something wakes it. Every word counts up a version, so that one said while the run is about to park is not
lost: the run compares what it saw last.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from agentlab.errors import NoQuestion
from agentlab.runtime.codec import decode, encode
from agentlab.sql import create_tables, insert_new
from agentlab.types import Decision, Question

LOOK_S = 0.2
"""Seconds for which it is taken for known whether somebody wants a run to pause."""
AT_WORK, PARKING, PARKED, STOPPED, WAKING = 0, 1, 2, 3, 4
"""Where a run is. ``STOPPED`` is for good: somebody has cancelled it, whatever its process was about to do."""
RESTING_PLACES = (PARKING, PARKED)

_tables = sa.MetaData()
_questions = sa.Table(
    "questions",
    _tables,
    sa.Column("run_id", sa.String(255), primary_key=True),
    sa.Column("name", sa.String(255), primary_key=True),
    sa.Column("asked_at", sa.Float, nullable=False),
    sa.Column("question", sa.JSON, nullable=False),
    sa.Column("decided_at", sa.Float),
    sa.Column("decision", sa.JSON),
)
_rests = sa.Table(
    "rests",
    _tables,
    sa.Column("run_id", sa.String(255), primary_key=True),
    sa.Column("pausing", sa.Boolean, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)


class Desks:
    """All questions and rests of one database of runs."""

    def __init__(self, database: sa.Engine, reading: sa.Engine) -> None:
        self._database = database
        self._reading = reading
        create_tables(database, _tables)

    def of(self, run_id: str, told: Callable[[Question], None] | None = None) -> RunDesk:
        """The desk of one run; ``told`` hears each question when it is first asked."""
        return RunDesk(self, run_id, told)

    # --- questions ------------------------------------------------------------------------------------------------

    def ask(self, question: Question) -> bool:
        """Let ``question`` stand open; True where it is asked for the first time."""
        now = time.time()
        row = {"run_id": question.run_id, "name": question.name, "asked_at": now}
        asked = encode(replace(question, asked_at=now))
        with self._database.begin() as connection:
            return insert_new(connection, _questions, row | {"question": asked})

    def decision(self, run_id: str, name: str) -> Decision | None:
        """What was said to a question; None where it is open, or was never asked."""
        with self._reading.connect() as connection:
            found = connection.execute(_where(_questions, run_id, name)).first()
        return decode(Decision, found.decision) if found and found.decision is not None else None

    def open(self, run_id: str = "") -> list[Question]:
        """Questions that nobody has answered, oldest first; of one run, or of all."""
        query = sa.select(_questions).where(_questions.c.decided_at.is_(None)).order_by(_questions.c.asked_at)
        if run_id:
            query = query.where(_questions.c.run_id == run_id)
        with self._reading.connect() as connection:
            return [decode(Question, row.question) for row in connection.execute(query)]

    def answer(self, run_id: str, decision: Decision) -> None:
        """Say something to an open question; the first word counts. Raises ``NoQuestion``."""
        said = {"decided_at": time.time(), "decision": encode(decision)}
        with self._database.begin() as connection:
            changed = connection.execute(
                sa.update(_questions)
                .where(
                    _questions.c.run_id == run_id,
                    _questions.c.name == decision.name,
                    _questions.c.decided_at.is_(None),
                )
                .values(**said)
            ).rowcount
            if not changed:
                raise NoQuestion(
                    f"The run {run_id} asks no question '{decision.name}' now.",
                    hint="agentlab waiting lists the runs that wait for somebody, with what they ask.",
                )
            _touch(connection, run_id)

    def withdraw(self, run_id: str) -> None:
        """Take the open questions of a run back: it has ended."""
        with self._database.begin() as connection:
            connection.execute(
                sa.delete(_questions).where(_questions.c.run_id == run_id, _questions.c.decided_at.is_(None))
            )

    # --- rests ----------------------------------------------------------------------------------------------------

    def pause(self, run_id: str, *, pausing: bool) -> None:
        """Want the run to rest before its next step, or no more."""
        with self._database.begin() as connection:
            _touch(connection, run_id, pausing=pausing)

    def touch(self, run_id: str) -> None:
        """Something has happened that the run may wait for."""
        with self._database.begin() as connection:
            _touch(connection, run_id)

    def rest(self, run_id: str) -> sa.Row[Any] | None:
        """``pausing``, ``place`` and ``version`` of a run; None where nobody ever wanted it to rest."""
        with self._reading.connect() as connection:
            return connection.execute(sa.select(_rests).where(_rests.c.run_id == run_id)).first()

    def put(self, run_id: str, place: int) -> bool:
        """Note where the run is; False where it was stopped meanwhile, which nothing changes any more."""
        with self._database.begin() as connection:
            _touch(connection, run_id, count=False)
            changed = connection.execute(
                sa.update(_rests).where(_rests.c.run_id == run_id, _rests.c.place != STOPPED).values(place=place)
            )
        return changed.rowcount == 1

    def at_work(self, run_id: str) -> None:
        """Note that the run works again, where it ever rested."""
        with self._database.begin() as connection:
            connection.execute(
                sa.update(_rests).where(_rests.c.run_id == run_id, _rests.c.place != STOPPED).values(place=AT_WORK)
            )

    def stopped(self, run_id: str) -> bool:
        """Whether somebody has cancelled the run."""
        rest = self.rest(run_id)
        return rest is not None and rest.place == STOPPED

    def release(self, run_id: str) -> bool:
        """Whether this call, and no other, wakes the run: it was parked, and is no more."""
        with self._database.begin() as connection:
            changed = connection.execute(
                sa.update(_rests)
                .where(_rests.c.run_id == run_id, _rests.c.place == PARKED)
                .values(place=WAKING, at=time.time())
            )
        return changed.rowcount == 1

    def awake(self, run_id: str) -> None:
        """The run that was being woken is in a queue."""
        with self._database.begin() as connection:
            connection.execute(
                sa.update(_rests).where(_rests.c.run_id == run_id, _rests.c.place == WAKING).values(place=AT_WORK)
            )

    def stuck_for(self, seconds: float) -> list[str]:
        """Runs that were about to park, or to be woken, so long ago that the process must have died over it."""
        query = sa.select(_rests.c.run_id).where(
            _rests.c.place.in_((PARKING, WAKING)), _rests.c.at < time.time() - seconds
        )
        with self._reading.connect() as connection:
            return [run_id for (run_id,) in connection.execute(query)]


class RunDesk:
    """The port ``Desk`` for one run."""

    def __init__(self, desks: Desks, run_id: str, told: Callable[[Question], None] | None) -> None:
        self._desks = desks
        self._run_id = run_id
        self._told = told
        self._looked_at = 0.0
        self._pausing = False
        self._seen: dict[str, int] = {}
        """The version at the last look at each thing that the run waits for."""

    @property
    def pausing(self) -> bool:
        """Whether somebody wants the run to rest, as of the last fifth of a second."""
        now = time.monotonic()
        if now - self._looked_at >= LOOK_S:
            self._looked_at = now
            rest = self._desks.rest(self._run_id)
            self._pausing = bool(rest and rest.pausing)
            self._seen["pause"] = rest.version if rest else 0
        return self._pausing

    async def decision(self, question: Question) -> Decision | None:
        """What was said; where nothing was, the question stands open from now on."""
        return await asyncio.to_thread(self._decision, question)

    def look(self, name: str) -> None:
        """Note that the run is about to look at something that it waits for."""
        rest = self._desks.rest(self._run_id)
        self._seen[name] = rest.version if rest else 0

    def missed_something(self) -> bool:
        """Whether anything was said since the run looked last."""
        rest = self._desks.rest(self._run_id)
        return rest is not None and rest.version > min(self._seen.values(), default=0)

    def _decision(self, question: Question) -> Decision | None:
        self.look(question.name)
        said = self._desks.decision(question.run_id, question.name)
        if said is None:
            if self._desks.ask(question) and self._told:
                self._told(question)
        else:
            self._seen.pop(question.name, None)
        return said


def _where(table: sa.Table, run_id: str, name: str) -> sa.Select[Any]:
    return sa.select(table).where(table.c.run_id == run_id, table.c.name == name)


def _touch(connection: sa.Connection, run_id: str, *, count: bool = True, **columns: Any) -> None:
    """Change the row of a run; ``count`` counts its version up.

    It is made first where it is missing: of two who would both make it, on Postgres, the second would be heard by nobody.
    """
    fresh = {"run_id": run_id, "pausing": False, "place": AT_WORK, "version": 0, "at": time.time()}
    insert_new(connection, _rests, fresh)
    counted = {"version": _rests.c.version + 1} if count else {}
    connection.execute(sa.update(_rests).where(_rests.c.run_id == run_id).values(**columns, **counted, at=time.time()))
