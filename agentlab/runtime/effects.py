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
    sa.Column("claimed_by", sa.String(255)),
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

    async def find(self, key: str) -> Effect | None:
        """The effect under an idempotency key; None where no such call was ever begun."""
        return await asyncio.to_thread(self._find, key)

    async def claim(self, key: str, by: str) -> Effect | None:
        """The effect as it stands, which only ``by`` may take back until it is written again; None where another may."""
        return await asyncio.to_thread(self._claim, key, by)

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
        row = {"run_id": effect.run_id, "effect": encode(effect), "claimed_by": None}
        with self._database.begin() as connection:
            changed = connection.execute(sa.update(_effects).where(_effects.c.key == effect.key).values(**row))
            if not changed.rowcount:
                insert_new(connection, _effects, row | {"key": effect.key})

    def _find(self, key: str) -> Effect | None:
        with self._reading.connect() as connection:
            found = connection.execute(sa.select(_effects.c.effect).where(_effects.c.key == key)).scalar()
        return None if found is None else decode(Effect, found)

    def _claim(self, key: str, by: str) -> Effect | None:
        free = _effects.c.claimed_by.is_(None) | (_effects.c.claimed_by == by)
        with self._database.begin() as connection:
            claimed = connection.execute(sa.update(_effects).where(_effects.c.key == key, free).values(claimed_by=by))
            if not claimed.rowcount:
                return None
            found = connection.execute(sa.select(_effects.c.effect).where(_effects.c.key == key)).scalar_one()
        return decode(Effect, found)
