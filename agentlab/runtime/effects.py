"""The journal of effects: what runs did to the world, written before it happens, in the database of runs."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from agentlab.runtime.codec import decode, encode
from agentlab.sql import create_tables, insert_new
from agentlab.types import Effect

_tables = sa.MetaData()
_effects = sa.Table(
    "effects",
    _tables,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String(255), nullable=False, unique=True),
    sa.Column("run_id", sa.String(255), nullable=False, index=True),
    sa.Column("effect", sa.JSON, nullable=False),
)


class EffectJournal:
    """The port ``Effects`` on a database."""

    def __init__(self, database: sa.Engine, reading: sa.Engine) -> None:
        self._database = database
        self._reading = reading
        create_tables(database, _tables)

    async def write(self, effect: Effect) -> None:
        """Keep ``effect``, in the place of the one with the same key."""
        await asyncio.to_thread(self._write, effect)

    async def of(self, run_id: str) -> tuple[Effect, ...]:
        """All of a run and of those it has begun, in the order in which they began."""
        return await asyncio.to_thread(self.list, run_id)

    def list(self, run_id: str) -> tuple[Effect, ...]:
        """The same, for callers without a loop."""
        below = _effects.c.run_id.startswith(f"{run_id}.", autoescape=True)
        query = sa.select(_effects.c.effect).where((_effects.c.run_id == run_id) | below).order_by(_effects.c.seq)
        with self._reading.connect() as connection:
            return tuple(decode(Effect, row.effect) for row in connection.execute(query))

    def _write(self, effect: Effect) -> None:
        row = {"run_id": effect.run_id, "effect": encode(effect)}
        with self._database.begin() as connection:
            changed = connection.execute(sa.update(_effects).where(_effects.c.key == effect.key).values(**row))
            if not changed.rowcount:
                insert_new(connection, _effects, row | {"key": effect.key})
