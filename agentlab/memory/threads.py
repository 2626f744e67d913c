"""Conversations: the turns of each thread, as the next run of it sees them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from agentlab.compress import compress
from agentlab.errors import MemoryInvalid, UnknownThread
from agentlab.memory.clean import cut, storable, visible
from agentlab.memory.tables import titles, turns
from agentlab.sql import insert_new
from agentlab.types import JSON, RunResult, RunSpec, Turn

NEWEST = 10
"""Turns that a run sees."""
KEPT = 12_000
"""Characters of a turn's results that are kept, all steps together."""
SHOWN = 3_000
"""Characters of them that a run sees of every turn but the last."""
FAILED = "Failed: "
"""Begins the answer of a turn whose run has none, and why follows."""
_LONGEST_ANSWER = 20_000
_LONGEST_TITLE = 120


class Threads:
    """The tables of turns and titles. ``redact`` takes secrets out of any JSON before it is written."""

    def __init__(self, database: sa.Engine, *, redact: Callable[[Any], Any] = lambda value: value) -> None:
        self._database = database
        self._redact = redact

    def begin(self, spec: RunSpec) -> None:
        """Add the turn of a run that has been asked for; nothing where it has no thread. Twice is once."""
        if spec.thread:
            with self._database.begin() as connection:
                insert_new(connection, turns, self._row(spec))

    def end(self, spec: RunSpec, result: RunResult, *, untrusted: bool = False) -> None:
        """Fill in what a run has found, or why it failed; ``untrusted`` where it holds text from outside. Twice is once."""
        if not spec.thread:
            return
        done = [step for step in result.steps if step.status == "succeeded"]
        room = max(200, KEPT // max(1, len(done)))
        found = {step.id: compress(self._redact(step.result), room) for step in done}
        said = result.answer or f"{FAILED}{result.error or result.status}"
        answer = cut(storable(self._redact(said)), _LONGEST_ANSWER)
        filled = {"answer": answer, "found": json.dumps(found, default=str), "untrusted": untrusted}
        with self._database.begin() as connection:
            insert_new(connection, turns, self._row(spec))
            connection.execute(sa.update(turns).where(turns.c.run_id == spec.run_id).values(**filled))

    def before(self, spec: RunSpec) -> tuple[Turn, ...]:
        """The newest ten turns of the run's thread that were asked for before it, oldest first."""
        if not spec.thread:
            return ()
        earlier = [turns.c.run_id != spec.run_id]
        if spec.submitted_at:
            earlier.append(turns.c.at <= spec.submitted_at)
        found = self._read(spec.thread, spec.user, earlier, NEWEST)
        return tuple(
            Turn(**(row | {"found": row["found"] if row is found[-1] else compress(row["found"], SHOWN)}))
            for row in found
        )

    def turns(self, thread: str, *, user: str = "local") -> list[Turn]:
        """All turns of a thread, oldest first. Raises ``UnknownThread``."""
        found = [Turn(**row) for row in self._read(thread, user, [], None)]
        if not found:
            raise _unknown(thread)
        return found

    def newest(self, user: str = "local", *, limit: int = 100) -> list[JSON]:
        """The user's threads, the last used first: ``thread, title, turns, at`` (of the last turn)."""
        last = sa.func.max(turns.c.at).label("at")
        counted = (
            sa.select(turns.c.thread, sa.func.count().label("turns"), last, sa.func.min(turns.c.run_id).label("first"))
            .where(turns.c.user == user)
            .group_by(turns.c.thread)
            .order_by(last.desc())
            .limit(limit)
            .subquery()
        )
        named = sa.and_(titles.c.thread == counted.c.thread, titles.c.user == user)
        joined = counted.join(turns, turns.c.run_id == counted.c.first).outerjoin(titles, named)
        wanted = sa.select(counted.c.thread, titles.c.title, turns.c.goal, counted.c.turns, counted.c.at)
        with self._database.begin() as connection:
            rows = connection.execute(wanted.select_from(joined).order_by(counted.c.at.desc())).mappings().all()
        return [
            {
                "thread": row["thread"],
                "title": row["title"] or cut(row["goal"], _LONGEST_TITLE),
                "turns": row["turns"],
                "at": row["at"],
            }
            for row in rows
        ]

    def rename(self, thread: str, title: str, *, user: str = "local") -> None:
        """Give a thread a title, 1 to 120 characters. Raises ``UnknownThread``, ``MemoryInvalid``."""
        title = self._redact(visible(title))
        if not 0 < len(title) <= _LONGEST_TITLE:
            raise MemoryInvalid(
                f"A title has 1 to {_LONGEST_TITLE} characters, this one {len(title)}.", hint="Say it in a few words."
            )
        self.turns(thread, user=user)
        row = {"thread": thread, "user": user, "title": title}
        with self._database.begin() as connection:
            if not insert_new(connection, titles, row):
                mine = sa.update(titles).where(titles.c.thread == thread, titles.c.user == user)
                connection.execute(mine.values(title=title))

    def delete(self, thread: str, *, user: str = "local") -> None:
        """Delete a thread with all its turns; its runs and their traces stay. Raises ``UnknownThread``."""
        with self._database.begin() as connection:
            connection.execute(sa.delete(titles).where(titles.c.thread == thread, titles.c.user == user))
            mine = sa.delete(turns).where(turns.c.thread == thread, turns.c.user == user)
            if not connection.execute(mine).rowcount:
                raise _unknown(thread)

    def _row(self, spec: RunSpec) -> dict[str, Any]:
        return {
            "run_id": spec.run_id,
            "thread": spec.thread,
            "user": spec.user,
            "goal": storable(self._redact(spec.goal)),
            "answer": "",
            "found": "{}",
            "untrusted": False,
            "at": spec.submitted_at,
        }

    def _read(
        self, thread: str, user: str, more: list[sa.ColumnElement[bool]], most: int | None
    ) -> list[dict[str, Any]]:
        columns = [turns.c[name] for name in ("run_id", "goal", "answer", "found", "untrusted", "at")]
        wanted = sa.select(*columns).where(turns.c.thread == thread, turns.c.user == user, *more)
        newest = wanted.order_by(turns.c.at.desc(), turns.c.run_id.desc()).limit(most)
        with self._database.begin() as connection:
            rows = connection.execute(newest).mappings().all()
        return [dict(row) | {"found": json.loads(row["found"])} for row in reversed(rows)]


def _unknown(thread: str) -> UnknownThread:
    return UnknownThread(f"There is no conversation '{thread}'.", hint="agentlab threads lists them.")
